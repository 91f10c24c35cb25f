// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelABI

extension KernelRecord {
    /// What a gap record says was lost; `nil` if only context was.
    var gap: Gap? {
        guard let losses else { return nil }
        var gap = Gap(place: .subscriber, denied: losses.denials)
        if losses.first > 0, losses.first <= losses.last { gap.missing = losses.first...losses.last }
        withUnsafeBytes(of: losses.lost) { counts in
            for operation in Operation.allCases {
                let count = counts.load(fromByteOffset: Int(operation.kernelNumber) * 8, as: UInt64.self)
                if count > 0 { gap.counts[operation] = count }
            }
        }
        return gap.counts.isEmpty ? nil : gap
    }

    /// Whether it is the marker of that number.
    package func isMarker(_ number: UInt64) -> Bool {
        UInt32(fixed.operation) == SP_OP_SYNC.rawValue && fixed.sequence == number
    }

    /// Whether records were lost that a table of processes follows from.
    package var losesContext: Bool { losses.map { $0.context > 0 } ?? false }
}
