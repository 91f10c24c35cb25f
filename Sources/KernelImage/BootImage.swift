// SPDX-License-Identifier: Apache-2.0

/// A bzImage: the file that the boot loader loads, with the kernel packed inside.
///
/// Offsets are those of the setup header, Documentation/arch/x86/boot.rst.
enum BootImage {
    /// Whether the file says that it is a bzImage.
    static func isBootImage(_ file: [UInt8]) -> Bool {
        file.word16(at: 0x1fe) == 0xaa55 && file.word32(at: 0x202) == 0x5372_6448  // "HdrS"
    }

    /// The packed kernel within the file; its last four bytes are the unpacked size.
    ///
    /// - Throws: `truncated`, and `malformed` for a protocol older than 2.08 (Linux 2.6.26), which doesn't tell.
    static func payload(of file: [UInt8]) throws(KernelImageError) -> Range<Int> {
        guard let version = file.word16(at: 0x206), let sectors = file.word8(at: 0x1f1),
            let offset = file.word32(at: 0x248), let length = file.word32(at: 0x24c)
        else { throw .truncated("the end of its setup header") }
        guard version >= 0x208 else { throw .malformed("its boot protocol is older than 2.08") }
        let start = (Int(sectors == 0 ? 4 : sectors) + 1) * 512 + Int(offset)
        let end = start + Int(length)
        guard end <= file.count else { throw .truncated("the packed kernel does, at byte \(end)") }
        guard length > 8 else { throw .malformed("the packed kernel has \(length) bytes") }
        return start..<end
    }

    /// What other architectures' images are known by; nil if it isn't one of them.
    static func foreignArchitecture(_ file: [UInt8]) -> String? {
        if file.word32(at: 0x38) == 0x644d_5241 { return "arm64" }  // "ARM\x64"
        if file.word32(at: 0x38) == 0x0543_5352 { return "riscv" }  // "RSC\x05"
        if file.word32(at: 0x4) == 0x676d_697a { return "arm64, riscv or loongarch (zboot)" }  // "zimg"
        return nil
    }
}

/// Little-endian words at byte offsets; nil where they would not lie in the bytes.
extension [UInt8] {
    func word8(at offset: Int) -> UInt8? { indices.contains(offset) ? self[offset] : nil }
    func word16(at offset: Int) -> UInt16? { load(offset) }
    func word32(at offset: Int) -> UInt32? { load(offset) }
    func word64(at offset: Int) -> UInt64? { load(offset) }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Word? {
        guard offset >= 0, offset <= count - MemoryLayout<Word>.size else { return nil }
        return withUnsafeBytes { Word(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Word.self)) }
    }
}
