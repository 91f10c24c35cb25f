// SPDX-License-Identifier: Apache-2.0

import Conformance
import EndpointModel
import Sallyport
import Synchronization

/// An agent of this process: what `body` does, until it returns, throws or is cancelled.
struct TestAgent: ConformanceAgent {
    var heedsTermination = true
    var body: @Sendable (_ credentials: String, _ socket: String) async throws -> Void

    func start(credentials: String, socket: String) throws -> any RunningAgent {
        let running = RunningTask(heedsTermination: heedsTermination)
        running.begin { [body] in try await body(credentials, socket) }
        return running
    }

    /// One that does everything right; `filter` is what it watches, `decide` answers what it is asked.
    static func good(
        watching filter: EventFilter? = EventFilter(), asked: Authorisation? = nil, greeting: Bool = true,
        reconnecting: Bool = true, heedsTermination: Bool = true,
        _ decide: @escaping @Sendable (Question) async -> Answer = { _ in Answer(.allow) }
    ) -> TestAgent {
        TestAgent(heedsTermination: heedsTermination) { directory, socket in
            let credentials = try VendorCredentials(directory: directory)
            try await SallyportClient.withConnection(to: socket, credentials: credentials) { client in
                if greeting { _ = try await client.greet() }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    if let filter {
                        tasks.addTask {
                            if reconnecting {
                                for try await _ in client.followEvents(filter) {}
                            } else {
                                for try await _ in try await client.events(filter) {}
                            }
                        }
                    }
                    if let asked {
                        tasks.addTask { try await client.answer(asked, reconnecting: reconnecting, decide) }
                    }
                    defer { tasks.cancelAll() }
                    try await tasks.next()
                }
            }
        }
    }
}

private final class RunningTask: RunningAgent {
    private struct State {
        var task: Task<Void, Never>?
        var ending: String?
    }

    private let state = Mutex(State())
    private let heedsTermination: Bool

    init(heedsTermination: Bool) { self.heedsTermination = heedsTermination }

    func begin(_ body: @escaping @Sendable () async throws -> Void) {
        let task = Task {
            do {
                try await body()
                self.state.withLock { $0.ending = "returned" }
            } catch {
                self.state.withLock { $0.ending = "threw \(error)" }
            }
        }
        state.withLock { $0.task = task }
    }

    var ending: String? { state.withLock { $0.ending } }
    func terminate() { if heedsTermination { kill() } }
    func kill() { state.withLock { $0.task }?.cancel() }
}
