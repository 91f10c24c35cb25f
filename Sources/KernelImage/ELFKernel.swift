// SPDX-License-Identifier: Apache-2.0

/// The unpacked kernel: an ELF64 file with sections, and behind its end, when it comes out of a bzImage, the relocations.
struct ELFKernel {
    /// A section that has its bytes in the file.
    struct Section: Hashable {
        var name: String
        /// Where it is linked to lie.
        var address: UInt64
        /// Of its bytes in the file.
        var offset: Int
        var size: Int
        var isExecutable: Bool
        /// Whether it is loaded, and kernel memory: per-CPU data may be linked at 0.
        var isLoaded: Bool

        var end: UInt64 { address &+ UInt64(size) }
    }

    /// The most sections that are read.
    static let sectionLimit = 1024

    let bytes: [UInt8]
    let sections: [Section]
    /// Where the ELF file ends in the bytes; relocations lie behind it.
    let end: Int

    /// - Throws: `notAKernel`, `architecture`, `truncated` or `malformed`.
    init(_ bytes: [UInt8]) throws(KernelImageError) {
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw .notAKernel }
        guard let machine = bytes.word16(at: 18), let table = bytes.word64(at: 40), let entry = bytes.word16(at: 58),
            let count = bytes.word16(at: 60), let names = bytes.word16(at: 62)
        else { throw .truncated("the end of its ELF header") }
        guard bytes[4] == 2, bytes[5] == 1, machine == 62 else {
            throw .architecture("ELF class \(bytes[4]), machine \(machine)")
        }
        guard entry == 64, count > 0, count <= Self.sectionLimit, names < count else {
            throw .malformed("it has \(count) section headers of \(entry) bytes")
        }
        guard let start = Int(exactly: table), start <= bytes.count, bytes.count - start >= Int(count) * 64 else {
            throw .truncated("its section headers do")
        }
        var end = start + Int(count) * 64
        var headers: [(name: UInt32, section: Section)] = []
        for index in 0..<Int(count) {
            let header = start + index * 64
            guard let name = bytes.word32(at: header), let type = bytes.word32(at: header + 4),
                let flags = bytes.word64(at: header + 8), let address = bytes.word64(at: header + 16),
                let fileOffset = bytes.word64(at: header + 24), let fileSize = bytes.word64(at: header + 32)
            else { throw .truncated("its section headers do") }
            // SHT_NULL and SHT_NOBITS have no bytes in the file.
            let isStored = type != 0 && type != 8
            guard let offset = Int(exactly: fileOffset), let size = Int(exactly: fileSize),
                !isStored || (offset <= bytes.count && size <= bytes.count - offset)
            else { throw .truncated("one of its sections does") }
            if isStored { end = max(end, offset + size) }
            headers.append(
                (
                    name,
                    Section(
                        name: "", address: address, offset: isStored ? offset : 0, size: isStored ? size : 0,
                        isExecutable: flags & 4 != 0, isLoaded: isStored && flags & 2 != 0 && address >> 63 != 0)
                ))
        }
        let strings = headers[Int(names)].section
        sections = headers.map { header in
            let start = strings.offset + min(Int(header.name), strings.size)
            let name = bytes[start..<strings.offset + strings.size].prefix(128).prefix { $0 != 0 }
            var section = header.section
            section.name = String(decoding: name, as: UTF8.self)
            return section
        }
        self.bytes = bytes
        self.end = end
    }

    func section(_ name: String) -> Section? {
        sections.first { $0.name == name && $0.isLoaded && $0.size > 0 }
    }

    /// - Throws: `lacking`.
    func need(_ name: String) throws(KernelImageError) -> Section {
        guard let section = section(name) else { throw .lacking("section \(name)") }
        return section
    }

    /// Where bytes lie in the file that are linked at an address; nil unless a section has all of them.
    func fileRange(at address: UInt64, count: Int) -> Range<Int>? {
        guard count >= 0 else { return nil }
        for section in sections where section.isLoaded && address >= section.address {
            let start = address - section.address
            guard start <= UInt64(section.size), UInt64(count) <= UInt64(section.size) - start else { continue }
            let offset = section.offset + Int(start)
            return offset..<offset + count
        }
        return nil
    }
}
