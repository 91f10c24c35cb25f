// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import PolicyTools
import Sallyport
import Synchronization

/// Learns from what happens: with a temporary policy that reports and denies nothing, which is removed however the
/// session ends, unless the process is killed.
final class LearningSession: Sendable {
    private let request: PolicyLearner.Request
    private let duration: Duration?
    private let options: GlobalOptions
    private let learner: Mutex<PolicyLearner>

    init(_ request: PolicyLearner.Request, duration: Duration?, _ options: GlobalOptions) {
        self.request = request
        self.duration = duration
        self.options = options
        learner = Mutex(PolicyLearner(request))
    }

    /// Watches until the duration is over or somebody interrupts it.
    func run() async throws -> PolicyLearner {
        // No limit on its end: an interruption comes back here, and the policy has to go.
        try await untilInterrupted(by: [SIGINT, SIGTERM, SIGHUP], patience: nil) {
            try await self.learn()
        }
        return learner.withLock { $0 }
    }

    private func learn() async throws {
        let policy = PolicyLearner.learningPolicy(for: request)
        try await options.withPlatform { client in
            let existing = try await client.policies()
            guard !existing.contains(where: { $0.policy.name == policy.name }) else {
                throw CommandFailure(
                    .findings,
                    "the policy '\(policy.name)' is in force: another session learns, or one was killed; then remove it by"
                        + " `sallyport policy remove \(policy.name)`")
            }
            // Subscribed first, so that the first report isn't missed.
            let stream = try await client.events(EventFilter(operations: request.operations))
            let outcome: Result<Void, any Error>
            do {
                let receipt = try await client.applyPolicies([policy])
                say("learning under the policy '\(policy.name)'; Ctrl-C ends" + Self.text(duration), receipt)
                try await collect(stream.batches)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            try await remove(policy.name)
            if case .failure(let error) = outcome, !Task.isCancelled { throw error }
        }
    }

    private func collect(_ batches: EventBatches) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                for try await batch in batches {
                    self.learner.withLock { learner in for element in batch { learner.take(element) } }
                }
            }
            if let duration { tasks.addTask { try await Task.sleep(for: duration) } }
            try await tasks.next()
        }
    }

    /// In a task of its own and by a connection of its own, as both may have been cancelled.
    private func remove(_ name: String) async throws {
        let path = options.socketPath
        do {
            try await Task.detached {
                _ = try await SallyportClient.withConnection(to: path) { try await $0.removePolicy(named: name) }
            }.value
        } catch let error as SallyportError where error.reason == PlatformError.Code.policyNotFound.rawValue {
            // It never came into force.
        } catch {
            throw CommandFailure(
                .findings,
                "the temporary policy '\(name)' couldn't be removed (\(error)); it denies nothing, but remove it by"
                    + " `sallyport policy remove \(name)`")
        }
    }

    private func say(_ sentence: String, _ receipt: PolicyReceipt) {
        let streams = options.streams
        streams.complain(
            [streams.error.style.dim(sentence)]
                + receipt.notes.map { streams.error.style.yellow("note: \(VisibleText($0).text)") })
    }

    private static func text(_ duration: Duration?) -> String {
        duration.map { ", or it ends after \($0.formatted)" } ?? ""
    }
}

extension Duration {
    /// Whole seconds, or milliseconds below one.
    fileprivate var formatted: String {
        let (seconds, attoseconds) = components
        return seconds > 0 ? "\(seconds) s" : "\(attoseconds / 1_000_000_000_000_000) ms"
    }
}
