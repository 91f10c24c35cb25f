// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import Sessions
import Synchronization

/// Findings on the way to one reader: the newest state of each, bounded; what is too much is counted.
///
/// ## Concurrency model
/// The monitor's thread adds and never waits, one task takes; all behind a mutex.
final class FindingQueue: FindingSubscription, Sendable {
    /// Room for all that can be open, of some thirty checks.
    private static let limit = 32 * FindingStore.openLimit

    private struct State {
        var findings: [Finding] = []
        /// Where each is, by its id.
        var places: [UInt64: Int] = [:]
        var missed: UInt64 = 0
        var reader: CheckedContinuation<Void, Never>?
        var isEnded = false

        mutating func put(_ finding: Finding) {
            if let place = places[finding.id] {
                findings[place] = finding
            } else if findings.count < FindingQueue.limit {
                places[finding.id] = findings.count
                findings.append(finding)
            } else {
                missed += 1
            }
        }
    }

    private let state = Mutex(State())
    private let ended: @Sendable (FindingQueue) -> Void

    init(ended: @escaping @Sendable (FindingQueue) -> Void) { self.ended = ended }

    /// What was open when it began. What was added meanwhile is newer, and stays.
    func begin(with open: [Finding]) {
        wake { state in
            let newer = state.findings
            state.findings = []
            state.places = [:]
            for finding in open + newer { state.put(finding) }
        }
    }

    func add(_ findings: [Finding]) {
        wake { state in for finding in findings { state.put(finding) } }
    }

    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isEnded else { return nil }
            change(&state)
            return state.findings.isEmpty ? nil : state.reader.take()
        }
        reader?.resume()
    }

    func next() async -> (findings: [Finding], missed: UInt64)? {
        while true {
            let (findings, missed, isEnded) = state.withLock { state in
                defer {
                    state.findings = []
                    state.places = [:]
                    state.missed = 0
                }
                return (state.findings, state.missed, state.isEnded)
            }
            if !findings.isEmpty || missed > 0 { return (findings, missed) }
            if isEnded { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    precondition(state.reader == nil, "one task takes")
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
            return state.reader.take()
        }
        reader?.resume()
        ended(self)
    }
}
