// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Sessions
import Synchronization
import Testing

/// A platform that stops and comes back.
@Suite struct ReconnectTests {
    @Test func `who follows events gets a gap for the time without a platform, and what comes after it`() async throws {
        try await withSocketPath { path in
            try await SallyportClient.withConnection(to: path, timeout: .seconds(5)) { client in
                let (elements, seen) = AsyncStream<StreamElement>.makeStream()
                let follower = Task {
                    for try await element in client.followEvents() { seen.yield(element) }
                }
                defer { follower.cancel() }
                var iterator = elements.makeAsyncIterator()
                for round in 1...2 {
                    let platform = FakePlatform()
                    try await whileServed(platform, path) {
                        try await eventually("subscribed") { platform.subscriptions.count == 1 }
                        if round == 2 { #expect(await iterator.next() == .gap(Gap(place: .connection))) }
                        platform.subscriptions[0].feed([.event(Samples.event(1))])
                        #expect(await iterator.next() == .event(Samples.event(1)))
                    }
                }
            }
        }
    }

    @Test func `a refusal isn't tried again`() async throws {
        let platform = FakePlatform()
        platform.refuse(PlatformError(.filterInvalid, "no"))
        try await withServer(platform) { client, _ in
            let error = await #expect(throws: SallyportError.self) {
                for try await _ in client.followEvents() {}
            }
            #expect(error?.reason == "filter-invalid")
        }
    }

    @Test func `an agent that reconnects is asked again`() async throws {
        try await withSocketPath { path in
            try await SallyportClient.withConnection(to: path, timeout: .seconds(5)) { client in
                let readied = Mutex(0)
                let agent = Task {
                    try await client.answer(
                        Authorisation(operations: [.processExec], fallback: .allow), reconnecting: true
                    ) { _ in Answer(.deny) }
                }
                defer { agent.cancel() }
                for _ in 1...2 {
                    let platform = FakePlatform()
                    try await whileServed(platform, path) {
                        try await eventually("asked") { platform.authorisers.count == 1 }
                        platform.authorisers[0].tell(.question(Samples.question(1, path: "/x")))
                        try await eventually("answered") { platform.authorisers[0].answers[1] == [Answer(.deny)] }
                        readied.withLock { $0 += 1 }
                    }
                }
                #expect(readied.withLock { $0 } == 2)
            }
        }
    }

    /// Runs a server on a path until `body` has ended.
    private func whileServed(
        _ platform: FakePlatform, _ path: String, _ body: () async throws -> Void
    ) async throws {
        let server = try makeServer(platform, path) { $0.shutdownGrace = .milliseconds(100) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            defer { server.beginGracefulShutdown() }
            try await body()
        }
    }
}
