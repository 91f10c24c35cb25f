// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Sessions
import Synchronization
import Testing

/// Questions and answers by a channel of packets. Only root's agents take one.
@Suite(.serialized, .enabled(if: geteuid() == 0)) struct ChannelTests {
    @Test func `where a channel is offered, questions, retractions, notices and answers go by it`() async throws {
        let notices = Mutex<[AuthoriserNotice.Kind]>([])
        try await withAuthoriser(
            FakeChannels(), notice: { notice in notices.withLock { $0.append(notice.kind) } }
        ) { question in
            guard question.id == 1 else { return Answer(.deny, reason: "no", cache: .file(lifetime: 5)) }
            try? await Task.sleep(for: .seconds(30))
            return Answer(.allow)
        } body: { session in
            try await eventually("taken") { session.isByChannel }
            session.tell(.question(Samples.question(1, path: "/slow")))
            session.tell(.question(Samples.question(2, path: "/fast")))
            try await eventually("the other is answered") { session.answers[2] != nil }
            #expect(session.answers[2] == [Answer(.deny, reason: "no", cache: .file(lifetime: 5))])
            session.tell(.retraction(Retraction(question: 1, reason: .deadline, verdict: .allow)))
            session.tell(.notice(AuthoriserNotice(kind: .strike, question: 1)))
            session.tell(.question(Samples.question(3, path: "/later")))
            try await eventually("goes on") { session.answers[3] != nil }
            #expect(session.answers[1] == nil)
            #expect(notices.withLock { $0 } == [.strike])
            #expect(session.packets == 5)
        }
    }

    @Test func `a channel that can't be taken leaves everything to the call`() async throws {
        try await withAuthoriser(FakeChannels(isHonest: false)) { _ in
            Answer(.allow)
        } body: { session in
            session.tell(.question(Samples.question(1, path: "/x")))
            try await eventually("answered") { session.answers[1] != nil }
            #expect(!session.isByChannel)
        }
    }

    @Test func `an agent that wants none is offered none`() async throws {
        try await withAuthoriser(FakeChannels(), byChannel: false) { _ in
            Answer(.allow)
        } body: { session in
            session.tell(.question(Samples.question(1, path: "/x")))
            try await eventually("answered") { session.answers[1] != nil }
            #expect(!session.isByChannel && session.packets == 0)
        }
    }

    @Test func `an agent that goes away ends its session, and the channel with it`() async throws {
        let held = Mutex<FakeAuthoriserSession?>(nil)
        try await withAuthoriser(FakeChannels()) { _ in
            Answer(.allow)
        } body: { session in
            try await eventually("taken") { session.isByChannel }
            held.withLock { $0 = session }
        }
        let session = try #require(held.withLock { $0 })
        try await eventually("cancelled") { session.isCancelled }
    }

    @Test func `a question is answered sooner by a channel than by the call`() async throws {
        let clock = ContinuousClock()
        var medians: [Bool: Duration] = [:]
        for byChannel in [false, true] {
            let times = Mutex<[Duration]>([])
            try await withAuthoriser(FakeChannels(), byChannel: byChannel) { _ in
                Answer(.allow)
            } body: { session in
                if byChannel { try await eventually("taken") { session.isByChannel } }
                for id in 1...300 as ClosedRange<UInt64> {
                    let start = clock.now
                    session.tell(.question(Samples.question(id, path: "/x")))
                    while session.answers[id] == nil { await Task.yield() }
                    times.withLock { $0.append(clock.now - start) }
                }
            }
            medians[byChannel] = times.withLock { $0.sorted()[$0.count / 2] }
        }
        print("a question's round trip, median: by the call \(medians[false]!), by a channel \(medians[true]!)")
        #expect(medians[true]! < medians[false]!)
    }

    /// Runs an agent on a platform that offers channels.
    private func withAuthoriser(
        _ channels: FakeChannels, byChannel: Bool = true,
        notice: @escaping @Sendable (AuthoriserNotice) -> Void = { _ in },
        _ decide: @escaping @Sendable (Question) async -> Answer,
        body: @escaping @Sendable (FakeAuthoriserSession) async throws -> Void
    ) async throws {
        defer { channels.end() }
        try await withAgentServer { lab in
            lab.platform.offer(channels)
            try await SessionsTests.withAuthoriser(lab, byChannel: byChannel, notice: notice, decide, body: body)
        }
    }
}
