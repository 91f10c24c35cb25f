// SPDX-License-Identifier: Apache-2.0

/// `.altinstructions`, an array of `struct alt_instr` (arch/x86/include/asm/alternative.h).
///
/// All have the places of the instructions and of their replacement first, each relative to its own field. Then come
/// - up to Linux 5.15: feature (16 bits, inverted by the highest), lengths of both, and how much of the first is padding;
/// - up to 6.2: the same without the padding;
/// - since 6.3: feature and flags (16 bits each; 1 inverts, 2 is a direct call), and both lengths.
/// Which it is tells the table itself: only in one reading do all places lie in code.
struct AlternativeInstructions {
    enum Shape: Int, CaseIterable {
        case flags = 14
        case padded = 13
        case plain = 12
    }

    struct Entry: Hashable, Sendable {
        /// Both as offsets from the beginning of text.
        var place: UInt32
        var replacement: UInt32
        var length: UInt8
        var replacementLength: UInt8
        var feature: UInt16
        var isInverted: Bool
        var isDirectCall: Bool
    }

    var shape: Shape
    /// Those in text, in the table's order.
    var entries: [Entry]

    /// - Throws: `malformed`, when no shape fits.
    init(_ section: ELFKernel.Section, of kernel: ELFKernel, layout: KernelLayout) throws(KernelImageError) {
        for shape in Shape.allCases where section.size % shape.rawValue == 0 {
            if let entries = Self.entries(section, of: kernel, layout: layout, shape: shape) {
                self.shape = shape
                self.entries = entries
                return
            }
        }
        throw .malformed("the entries of .altinstructions have an unknown shape")
    }

    private static func entries(
        _ section: ELFKernel.Section, of kernel: ELFKernel, layout: KernelLayout, shape: Shape
    ) -> [Entry]? {
        let code = kernel.sections.filter { $0.isExecutable && $0.isLoaded }
        var entries: [Entry] = []
        for position in stride(from: 0, to: section.size, by: shape.rawValue) {
            let offset = section.offset + position
            let address = section.address &+ UInt64(position)
            guard let place = kernel.bytes.relative(at: offset, linkedAt: address),
                let replacement = kernel.bytes.relative(at: offset + 4, linkedAt: address &+ 4),
                let feature = kernel.bytes.word16(at: offset + 8),
                let length = kernel.bytes.word8(at: offset + (shape == .flags ? 12 : 10)),
                let replacementLength = kernel.bytes.word8(at: offset + (shape == .flags ? 13 : 11)),
                let flags = shape == .flags ? kernel.bytes.word16(at: offset + 10) : feature >> 15
            else { return nil }
            let end = replacement &+ UInt64(replacementLength)
            guard replacementLength <= length, end >= replacement,
                layout.replacements.contains(replacement) || replacementLength == 0,
                end <= layout.replacements.upperBound || replacementLength == 0,
                code.contains(where: { $0.address <= place && place < $0.end })
            else { return nil }
            guard layout.text.contains(place), let start = layout.offset(place) else { continue }
            entries.append(
                Entry(
                    place: start, replacement: layout.offset(replacement) ?? 0, length: length,
                    replacementLength: replacementLength, feature: shape == .flags ? feature : feature & 0x7fff,
                    isInverted: flags & 1 != 0, isDirectCall: shape == .flags && flags & 2 != 0))
        }
        return entries
    }
}

extension [UInt8] {
    /// The address that a 32-bit field relative to itself points to.
    func relative(at offset: Int, linkedAt address: UInt64) -> UInt64? {
        word32(at: offset).map { address &+ UInt64(bitPattern: Int64(Int32(bitPattern: $0))) }
    }
}
