// SPDX-License-Identifier: Apache-2.0

import Dispatch
import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// Reads a ring that was handed over on a thread of its own.
final class LocalCollector: Sendable {
    /// What was read.
    struct Result: Sendable {
        var sequences: [UInt64] = []
        var gaps: [Gap] = []
        /// When each event was handed over, nanoseconds of CLOCK_BOOTTIME.
        var times: [UInt64] = []
    }

    private struct State: Sendable {
        var result = Result()
        var isStopped = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    init(_ events: LocalEvents) {
        Self.onThread { self.run(events) }
    }

    private func run(_ events: LocalEvents) {
        while !state.withLock({ $0.isStopped }) {
            guard let elements = try? events.read(waitingMilliseconds: 50) else { break }
            let now = Self.boot()
            state.withLock { state in
                for element in elements {
                    switch element {
                    case .event(let event):
                        state.result.sequences.append(event.sequence)
                        state.result.times.append(now)
                    case .gap(let gap): state.result.gaps.append(gap)
                    case .sync, .process: break
                    }
                }
            }
        }
        state.withLock { $0.hasEnded = true }
    }

    var count: Int { state.withLock { $0.result.sequences.count } }

    /// Waits for so many events, twenty seconds without one more at most, and ends the reading.
    func finish(expecting wanted: Int) async throws -> Result {
        var last = (count: -1, rounds: 0)
        while count < wanted, last.rounds < 200 {
            last = count == last.count ? (last.count, last.rounds + 1) : (count, 0)
            try await Task.sleep(for: .milliseconds(100))
        }
        state.withLock { $0.isStopped = true }
        while !state.withLock({ $0.hasEnded }) { try await Task.sleep(for: .milliseconds(10)) }
        return state.withLock { $0.result }
    }

    /// A thread for what blocks; nobody waits for it.
    static func onThread(_ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "ring")
        queue.async(execute: body)
    }

    static func boot() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
