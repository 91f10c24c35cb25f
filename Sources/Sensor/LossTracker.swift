// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelABI

/// Turns growing loss counters into gap records.
///
/// What has been reported is kept in the control words, beside the counters: a daemon that takes over from a dead one
/// reports what was lost in between, once.
struct LossTracker {
    private let reported: UnsafeMutablePointer<sp_control>
    private var lastSequence: UInt64?

    init(control: UnsafeMutableRawBufferPointer) {
        reported = control.baseAddress!.assumingMemoryBound(to: sp_control.self)
    }

    /// The gap that has opened since the last call, if anything was lost. `batch` is what was read meanwhile, `skipped`
    /// what no program was run for.
    mutating func gap(now: KernelCounters, skipped: [Operation: UInt64], batch: [StreamElement]) -> Gap? {
        let first = batch.lazy.compactMap { element -> UInt64? in
            if case .event(let event) = element { event.sequence } else { nil }
        }.min()
        let previous = lastSequence
        for case .event(let event) in batch { lastSequence = max(lastSequence ?? 0, event.sequence) }
        var counts = skipped
        for operation in Operation.allCases {
            let lost = now.lost(operation) &- lostReported(operation)
            guard lost > 0 else { continue }
            counts[operation, default: 0] += lost
            setLostReported(operation, now.lost(operation))
        }
        guard !counts.isEmpty else { return nil }
        let denied = now.lostDenials &- reported.pointee.lost_denials_reported
        reported.pointee.lost_denials_reported = now.lostDenials
        return Gap(
            place: .kernel, missing: Self.missing(after: previous, before: first), counts: counts, denied: denied)
    }

    /// The sequence numbers between two reads; only a bound, since records of several processors overtake each other.
    private static func missing(after previous: UInt64?, before first: UInt64?) -> ClosedRange<UInt64>? {
        guard let previous, let first, previous + 1 < first else { return nil }
        return previous + 1...first - 1
    }

    private func lostReported(_ operation: Operation) -> UInt64 {
        withUnsafeBytes(of: &reported.pointee.lost_reported) {
            $0.load(fromByteOffset: Int(operation.kernelNumber) * 8, as: UInt64.self)
        }
    }

    private func setLostReported(_ operation: Operation, _ count: UInt64) {
        withUnsafeMutableBytes(of: &reported.pointee.lost_reported) {
            $0.storeBytes(of: count, toByteOffset: Int(operation.kernelNumber) * 8, as: UInt64.self)
        }
    }
}
