// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelABI

/// Notices that records were lost which the process table follows from.
///
/// What has been noticed is kept in the control words, beside the counters: a daemon that takes over from a dead one
/// knows of what was lost in between.
struct LossTracker {
    private let noticed: UnsafeMutablePointer<sp_control>

    init(control: UnsafeMutableRawBufferPointer) {
        noticed = control.baseAddress!.assumingMemoryBound(to: sp_control.self)
    }

    /// Whether anything was lost since the last call.
    mutating func hasGrown(now: KernelCounters) -> Bool {
        var hasGrown = false
        for operation in Operation.allCases where now.lost(operation) != known(operation) {
            setKnown(operation, now.lost(operation))
            hasGrown = true
        }
        noticed.pointee.lost_denials_reported = now.lostDenials
        return hasGrown
    }

    private func known(_ operation: Operation) -> UInt64 {
        withUnsafeBytes(of: &noticed.pointee.lost_reported) {
            $0.load(fromByteOffset: Int(operation.kernelNumber) * 8, as: UInt64.self)
        }
    }

    private func setKnown(_ operation: Operation, _ count: UInt64) {
        withUnsafeMutableBytes(of: &noticed.pointee.lost_reported) {
            $0.storeBytes(of: count, toByteOffset: Int(operation.kernelNumber) * 8, as: UInt64.self)
        }
    }
}
