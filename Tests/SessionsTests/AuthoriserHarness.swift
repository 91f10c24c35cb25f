// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Sessions
import Testing

/// Runs an agent, waits until it is asked, and ends it after `body`.
func withAuthoriser(
    _ lab: AgentServer, byChannel: Bool = true, notice: @escaping @Sendable (AuthoriserNotice) -> Void = { _ in },
    _ decide: @escaping @Sendable (Question) async -> Answer,
    body: @escaping @Sendable (FakeAuthoriserSession) async throws -> Void
) async throws {
    try await lab.connect(lab.site.credentials("acme")) { client in
        let (ready, isReady) = AsyncStream<AuthorisationTerms>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do {
                    try await client.answer(
                        Authorisation(operations: [.processExec], deadlineMilliseconds: 250, fallback: .deny),
                        ready: { isReady.yield($0) }, notice: notice, byChannel: byChannel, decide)
                } catch let error as SallyportError {
                    guard error.code == .cancelled else { throw error }
                }
            }
            var terms = ready.makeAsyncIterator()
            #expect(await terms.next()?.questionsInFlight == 16)
            let session = try #require(lab.platform.authorisers.first)
            #expect(session.caller.identity.name == "acme")
            #expect(session.authorisation.fallback == .deny)
            try await body(session)
            tasks.cancelAll()
        }
    }
}
