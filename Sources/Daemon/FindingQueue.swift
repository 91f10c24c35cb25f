// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// Findings on the way to one reader: the newest state of each, bounded; what is too much is counted.
///
/// ## Concurrency model
/// The monitor's thread adds and never waits, one task takes; all behind a mutex.
final class FindingQueue: FindingSubscription, Sendable {
    private static let limit = 4096

    private struct State {
        var findings: [Finding] = []
        var missed: UInt64 = 0
        var reader: CheckedContinuation<Void, Never>?
        var isEnded = false
    }

    private let state = Mutex(State())
    private let ended: @Sendable (FindingQueue) -> Void

    init(ended: @escaping @Sendable (FindingQueue) -> Void) { self.ended = ended }

    func add(_ findings: [Finding]) {
        let reader = state.withLock { state in
            for finding in findings where !state.isEnded {
                if let index = state.findings.firstIndex(where: { $0.id == finding.id }) {
                    state.findings[index] = finding
                } else if state.findings.count < Self.limit {
                    state.findings.append(finding)
                } else {
                    state.missed += 1
                }
            }
            defer { if !state.findings.isEmpty { state.reader = nil } }
            return state.findings.isEmpty ? nil : state.reader
        }
        reader?.resume()
    }

    func next() async -> (findings: [Finding], missed: UInt64)? {
        while true {
            let (findings, missed, isEnded) = state.withLock { state in
                defer {
                    state.findings = []
                    state.missed = 0
                }
                return (state.findings, state.missed, state.isEnded)
            }
            if !findings.isEmpty || missed > 0 { return (findings, missed) }
            if isEnded { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isEnded || !state.findings.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    func cancel() {
        let reader = state.withLock { state in
            state.isEnded = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
        ended(self)
    }
}
