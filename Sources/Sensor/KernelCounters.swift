// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import KernelABI

/// The programs' counters (`enum sp_counter`), read from shared memory.
public struct KernelCounters: Hashable, Sendable {
    private var values: [UInt64]

    init(memory: UnsafeMutableRawBufferPointer) {
        let count = Int(SP_COUNTERS.rawValue)
        values = (0..<count).map { memory.load(fromByteOffset: $0 * 8, as: UInt64.self) }
    }

    /// Records lost because the daemon's ring was full, or that couldn't be made.
    public func lost(_ operation: Operation) -> UInt64 { value(SP_COUNT_LOST.rawValue + operation.kernelNumber) }
    /// Denials, reported or not.
    public func denied(_ operation: Operation) -> UInt64 { value(SP_COUNT_DENIED.rawValue + operation.kernelNumber) }
    /// Decisions taken.
    public func decided(_ operation: Operation) -> UInt64 { value(SP_COUNT_DECIDED.rawValue + operation.kernelNumber) }
    /// Denials among the lost records.
    public var lostDenials: UInt64 { value(SP_COUNT_LOST_DENIALS.rawValue) }
    /// Decisions about paths that couldn't be resolved.
    public var unresolvable: UInt64 { (0..<8).reduce(0) { $0 + value(SP_COUNT_UNRESOLVABLE.rawValue + $1) } }

    /// Records lost on the way to a subscriber, one by one.
    public func undelivered(_ operation: Operation) -> UInt64 {
        value(SP_COUNT_UNDELIVERED.rawValue + operation.kernelNumber)
    }

    public var undeliveredTotal: UInt64 { Operation.allCases.reduce(0) { $0 + undelivered($1) } }
    public var lostTotal: UInt64 { Operation.allCases.reduce(0) { $0 + lost($1) } }
    public var deniedTotal: UInt64 { Operation.allCases.reduce(0) { $0 + denied($1) } }

    private func value(_ index: UInt32) -> UInt64 { values[Int(index)] }
}
