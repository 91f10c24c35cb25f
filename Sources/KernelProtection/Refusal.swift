// SPDX-License-Identifier: Apache-2.0

public import KernelABI

/// One report of the programs of protection: `struct sp_refusal`, with its texts.
public struct Refusal: Sendable {
    public enum Kind: UInt32, Sendable {
        /// What was touched is protected.
        case object = 0
        /// A map, program or link of the platform's.
        case bpfObject = 1
        /// The seal refuses it.
        case sealed = 2
        /// Not a refusal: an owner's process has mapped foreign code and acts for nobody any more.
        case lostRights = 3
        /// Not a refusal: an owner's executable was started in a way that isn't trusted.
        case notTrusted = 4
        /// Not a refusal: a guarded task was moved to another cgroup.
        case moved = 5
        /// Not a refusal: process 1 ends the machine.
        case goesDown = 6

        public var isRefusal: Bool { rawValue <= 2 }
    }

    public var kind: Kind
    public var record: sp_refusal
    /// The object's name, its directory's and so on upwards, as far as they were reported.
    public var names: [[UInt8]]

    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= MemoryLayout<sp_refusal>.size else { return nil }
        record = bytes.loadUnaligned(as: sp_refusal.self)
        guard let kind = Kind(rawValue: record.kind) else { return nil }
        self.kind = kind
        names = withUnsafeBytes(of: record.names) { all in
            (0..<Int(SP_REFUSAL_NAMES)).map { index in
                Array(all[index * Int(SP_REFUSAL_NAME)..<(index + 1) * Int(SP_REFUSAL_NAME)].prefix { $0 != 0 })
            }.filter { !$0.isEmpty }
        }
    }

    public var command: String {
        withUnsafeBytes(of: record.comm) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Where the object lies, below what is protected at `root`; `nil` where that wasn't reported.
    public func path(below root: String) -> [UInt8]? {
        let levels = Int(record.levels)
        guard levels <= names.count, levels < Int(SP_REFUSAL_NAMES) else { return nil }
        let below = names.prefix(levels).reversed()
        return Array(root.utf8) + below.flatMap { [UInt8(ascii: "/")] + $0 }
    }
}
