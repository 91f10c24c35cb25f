// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Sessions
import Synchronization
import Testing

/// Questions and answers over the wire.
@Suite struct AuthoriserTests {
    @Test func `each question is answered once, with what the agent returns`() async throws {
        try await withAgentServer { lab in
            try await withAuthoriser(lab) { question in
                question.file.path.text == "/tmp/x"
                    ? Answer(.deny, reason: "no", cache: .file(lifetime: 5)) : Answer(.allow)
            } body: { session in
                session.tell(.question(Samples.question(1, path: "/tmp/x")))
                session.tell(.question(Samples.question(2, path: "/bin/ls")))
                try await eventually("answered") { session.answers.count == 2 }
                #expect(session.answers[1] == [Answer(.deny, reason: "no", cache: .file(lifetime: 5))])
                #expect(session.answers[2] == [Answer(.allow)])
            }
        }
    }

    @Test func `a retracted question's task is cancelled, and its answer isn't sent`() async throws {
        try await withAgentServer { lab in
            let cancelled = Mutex(0)
            try await withAuthoriser(lab) { question in
                guard question.id == 1 else { return Answer(.allow) }
                try? await Task.sleep(for: .seconds(30))
                if Task.isCancelled { cancelled.withLock { $0 += 1 } }
                return Answer(.deny)
            } body: { session in
                session.tell(.question(Samples.question(1, path: "/slow")))
                session.tell(.question(Samples.question(2, path: "/fast")))
                try await eventually("the other is answered") { session.answers[2] != nil }
                session.tell(.retraction(Retraction(question: 1, reason: .deadline, verdict: .allow)))
                try await eventually("cancelled") { cancelled.withLock { $0 } == 1 }
                session.tell(.question(Samples.question(3, path: "/later")))
                try await eventually("goes on") { session.answers[3] != nil }
                #expect(session.answers[1] == nil)
            }
        }
    }

    @Test func `an agent that isn't entitled to ask is refused by the entitlement's name`() async throws {
        try await withAgentServer { lab in
            let error = try await lab.connect(lab.site.credentials("acme", ["notify:*", "ask:process.exec"])) {
                client in
                await #expect(throws: SallyportError.self) {
                    try await client.answer(Authorisation(operations: [.fileOpen], fallback: .allow)) { _ in
                        Answer(.allow)
                    }
                }
            }
            #expect(error?.reason == "not-entitled")
            #expect(error?.message.contains("ask:file.open") == true)
            #expect(lab.platform.authorisers.isEmpty)
        }
    }

    @Test func `an agent that goes away ends its session`() async throws {
        try await withAgentServer { lab in
            try await withAuthoriser(lab) { _ in
                Answer(.allow)
            } body: { _ in
            }
            try await eventually("cancelled") { lab.platform.authorisers.first?.isCancelled == true }
        }
    }
}
