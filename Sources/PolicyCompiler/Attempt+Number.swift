// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// The numbers by which the kernel's tables are indexed with what belongs to some operations only.
extension Attempt {
    /// `enum sp_access`: 0 for none, 31 for a file opened for reading and writing.
    public var accessNumber: UInt32 {
        if access.count > 1 { return Access.readWriteNumber }
        return access.first?.kernelNumber ?? 0
    }

    /// All of `enum sp_mapping` together.
    public var mappingBits: UInt32 { mappings.reduce(0) { $0 | $1.bit } }

    /// The signal's number; 0 without one.
    public var signalNumber: UInt32 { UInt32(signal?.number ?? 0) }

    /// `enum sp_area`: 0 for none.
    public var areaNumber: UInt32 { area?.kernelNumber ?? 0 }
}

extension FileFacts {
    /// Those of `enum sp_file_flags` that rules ask for.
    public var flagBits: UInt32 { flags.filter { $0 != .mprotect }.reduce(0) { $0 | $1.bit } }
}

extension Digest {
    /// Each eight bytes as a big-endian number, as the kernel compares them.
    public var words: InlineArray<4, UInt64> {
        bytes.withUnsafeBytes { bytes in
            InlineArray { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
    }
}
