// SPDX-License-Identifier: Apache-2.0

/// A kernel as it lies on disk, read as the baseline of what the running kernel's text should be.
///
/// Taken from the file alone: what the image says of itself (sections, tables, built-in symbols), so that a kernel that was
/// tampered with has no say in what is expected of it. Whether the file is the one that was booted, and is itself
/// genuine, the caller has to know: ``buildID`` is to be compared with the running kernel's, and the file's digest with its
/// package's. x86-64 only.
///
/// Reading takes as long as unpacking does (xz: about a second) and as much memory as the kernel has unpacked, some 60 MB;
/// a ``KernelText`` made from it keeps what is needed later, about 40 MB, so that the image can be let go.
public struct KernelImage: Sendable {
    let kernel: ELFKernel
    let relocations: Relocations?
    let layout: KernelLayout
    let tables: SiteTables

    /// The kernel's own symbols at the addresses they are linked at.
    public let symbols: KernelSymbolTable

    /// Tables of the image that name places in text which aren't known here: what the kernel changes there isn't explained.
    ///
    /// Control-flow integrity of kernels built with clang rewrites calls and functions at boot (`.cfi_sites`, FineIBT).
    public let unknownTables: [String]

    /// What the linker marked the kernel with (NT_GNU_BUILD_ID): the running one tells it in `/sys/kernel/notes`.
    public let buildID: [UInt8]

    /// - Parameter file: a bzImage (Debian's `/boot/vmlinuz-RELEASE`), or the unpacked ELF kernel.
    /// - Throws: what is wrong with it, and what to do.
    public init(_ file: [UInt8]) throws(KernelImageError) {
        if BootImage.isBootImage(file) {
            let payload = try BootImage.payload(of: file)
            try self.init(unpacked: Self.unpack(payload, of: file))
        } else if let architecture = BootImage.foreignArchitecture(file) {
            throw .architecture(architecture)
        } else {
            try self.init(unpacked: file)
        }
    }

    private static func unpack(_ payload: Range<Int>, of file: [UInt8]) throws(KernelImageError) -> [UInt8] {
        let result = file.withUnsafeBytes { bytes -> Result<[UInt8], KernelImageError> in
            Result { () throws(KernelImageError) in
                try PackedKernel.unpack(UnsafeRawBufferPointer(rebasing: bytes[payload]))
            }
        }
        return try result.get()
    }

    private init(unpacked bytes: [UInt8]) throws(KernelImageError) {
        kernel = try ELFKernel(bytes)
        relocations = try Relocations(behind: kernel)
        let text = try kernel.need(".text")
        let page = UInt64(KernelText.pageSize)
        guard text.address % page == 0, text.size <= KernelText.limit,
            text.address <= UInt64.max - 2 * UInt64(KernelText.limit)
        else {
            throw .malformed("its .text lies at 0x\(String(text.address, radix: 16)) with \(text.size) bytes")
        }
        let textEnd = (text.end + page - 1) / page * page
        let replacements = kernel.section(".altinstr_replacement")
        if let replacements {
            guard replacements.address >= textEnd, replacements.end > replacements.address,
                replacements.end - text.address <= UInt64(Int32.max)
            else { throw .malformed("its .altinstr_replacement doesn't lie behind .text") }
        }
        layout = KernelLayout(
            text: text.address..<textEnd,
            replacements: replacements.map { $0.address..<$0.end } ?? textEnd..<textEnd)
        symbols = try BuiltInSymbols.read(from: kernel, textStart: text.address)
        tables = try SiteTables(kernel, layout: layout, symbols: symbols)
        unknownTables = [".cfi_sites"].filter { [kernel] in kernel.section($0) != nil }
        buildID = Self.buildID(of: kernel)
    }

    /// The image's text as it should be in a kernel that was moved.
    ///
    /// - Parameters:
    ///   - slide: how far KASLR has moved the kernel, in bytes: where `_text` is by `/proc/kallsyms`, less where it is by
    ///     ``symbols``; modulo 2⁶⁴.
    ///   - countsCalls: whether the kernel counts calls' depth, which moves every call in front of its function: where
    ///     `/sys/devices/system/cpu/vulnerabilities/retbleed` says "Stuffing". Otherwise calls are compared strictly.
    /// - Throws: `lacking`, if it was moved and the file has no relocations: those are part of a bzImage.
    public func text(slide: UInt64, countsCalls: Bool = false) throws(KernelImageError) -> KernelText {
        try KernelText(self, slide: slide, countsCalls: countsCalls)
    }

    /// The image's read-only data as it should be in a kernel that was moved.
    ///
    /// - Throws: as ``text(slide:countsCalls:)``.
    public func constants(slide: UInt64) throws(KernelImageError) -> KernelConstants {
        try KernelConstants(self, slide: slide)
    }

    private static func buildID(of kernel: ELFKernel) -> [UInt8] {
        guard let notes = kernel.section(".notes") else { return [] }
        return buildID(inNotes: Array(kernel.bytes[notes.offset..<notes.offset + notes.size]))
    }

    /// The build ID among ELF notes, those of `/sys/kernel/notes` for instance; empty if there is none.
    public static func buildID(inNotes notes: [UInt8]) -> [UInt8] {
        var position = 0
        while let nameSize = notes.word32(at: position), let size = notes.word32(at: position + 4),
            let type = notes.word32(at: position + 8)
        {
            let name = position + 12
            let description = name + (Int(nameSize) + 3) & ~3
            let end = description + Int(size)
            guard end <= notes.count else { break }
            if type == 3, notes[name..<description].starts(with: "GNU\0".utf8) {
                return Array(notes[description..<end])
            }
            position = description + (Int(size) + 3) & ~3
        }
        return []
    }
}
