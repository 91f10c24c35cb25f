// SPDX-License-Identifier: Apache-2.0

/// What the text of a running kernel should be: the image's bytes, moved by KASLR, and the places that the kernel changes.
///
/// Addresses are those of the running kernel. It is a value without the image: some 20 MB of text, and 8 bytes a place.
public struct KernelText: Sendable {
    /// Of x86-64.
    public static let pageSize = 4096

    /// The most text that is taken, in bytes.
    static let limit = 256 << 20

    /// What is compared: from `_text` to the end of the last page of text.
    public let addresses: Range<UInt64>
    /// How far the kernel was moved, modulo 2⁶⁴.
    public let slide: UInt64

    /// Text; then what may replace instructions, whose first byte has the offset `replacementStart`.
    let text: [UInt8]
    let replacements: [UInt8]
    let replacementStart: Int
    let tables: SiteTables
    /// Offsets of the return thunks, and of the thunks that call or jump through a register, with its number.
    let returnThunks: Set<Int>
    let indirectThunks: [Int: UInt8]
    /// Whether calls may lead to the count of their depth.
    let countsCalls: Bool
    /// Where the count of calls' depth lies, as instructions name it. Per-CPU variables that are linked at 0 aren't moved.
    let callDepth: UInt64?
    /// Offsets of all symbols in text, sorted: where calls may lead.
    private let entries: [UInt32]
    /// Offset of the end of the kernel's data.
    private let imageEnd: Int

    init(_ image: KernelImage, slide: UInt64, countsCalls: Bool) throws(KernelImageError) {
        guard slide == 0 || image.relocations != nil else { throw .lacking("relocations behind its ELF file") }
        let layout = image.layout
        let section = try image.kernel.need(".text")
        let size = Int(layout.text.upperBound - layout.text.lowerBound)
        // The last page is filled up from the file, as it is part of the segment that is loaded.
        let stored = min(size, image.kernel.bytes.count - section.offset)
        var text = Array(image.kernel.bytes[section.offset..<section.offset + stored])
        text.append(contentsOf: repeatElement(0, count: size - stored))
        var replacements: [UInt8] = []
        if let section = image.kernel.section(".altinstr_replacement") {
            replacements = Array(image.kernel.bytes[section.offset..<section.offset + section.size])
        }
        image.relocations?.apply(slide, to: &text, at: layout.text.lowerBound)
        image.relocations?.apply(slide, to: &replacements, at: layout.replacements.lowerBound)
        self.text = text
        self.replacements = replacements
        self.slide = slide
        let start = layout.text.lowerBound &+ slide
        guard start <= Self.modulesEnd - UInt64(size) else {
            throw .malformed("a slide of 0x\(String(slide, radix: 16)) moves it to where no kernel can be")
        }
        addresses = start..<start + UInt64(size)
        replacementStart = Int(layout.replacements.lowerBound - layout.text.lowerBound)
        tables = image.tables

        // __x86_return_thunk, srso_return_thunk, its_return_thunk, __x86_return_skl and their like.
        let thunks = image.symbols.addresses { name in
            name.hasSuffix("return_thunk") || name.hasSuffix("__x86_return_skl")
        }
        returnThunks = Set(thunks.filter(layout.text.contains).map { Int($0 - layout.text.lowerBound) })
        let end = image.symbols.address(of: "_end") ?? layout.text.upperBound
        imageEnd = end >= layout.text.upperBound ? Int(clamping: end - layout.text.lowerBound) : size
        self.countsCalls = countsCalls && image.kernel.section(".call_sites") != nil
        callDepth = Self.callDepth(image.symbols, slide: slide)
        entries = image.symbols.offsets(in: layout.text)
        indirectThunks = RetpolineForm.thunks(image.symbols, in: layout.text)
    }

    private static func callDepth(_ symbols: KernelSymbolTable, slide: UInt64) -> UInt64? {
        // A variable of its own since Linux 6.15; in `struct pcpu_hot`, behind 16 bytes of others, since 6.2.
        for (name, offset) in [("__x86_call_depth", 0), ("pcpu_hot", 16)] as [(String, UInt64)] {
            guard let address = symbols.address(of: name) else { continue }
            return (address >> 63 == 0 ? address : address &+ slide) &+ offset
        }
        return nil
    }

    /// Whether a call that the kernel makes may lead to an offset: to a symbol of text, to the count of calls' depth before it,
    /// or behind the kernel, where modules and trampolines lie (Documentation/arch/x86/x86_64/mm.rst).
    func mayBeCalled(_ target: Int) -> Bool {
        guard text.indices.contains(target) else {
            return target >= imageEnd && UInt64(target) < Self.modulesEnd - addresses.lowerBound
        }
        return isEntry(target) || countsCalls && Self.countLengths.contains { isEntry(target + $0) }
    }

    private static let modulesEnd: UInt64 = 0xffff_ffff_ff00_0000

    /// Bytes of the instruction that counts calls' depth, with an absolute operand and with a relative one.
    static let countLengths = [9, 10]

    /// Whether a symbol of text lies at an offset.
    func isEntry(_ offset: Int) -> Bool {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low] == offset
    }

    /// The byte at an offset, of text or of replacements; 0 elsewhere.
    func byte(_ offset: Int) -> UInt8 {
        if text.indices.contains(offset) { return text[offset] }
        let index = offset - replacementStart
        return replacements.indices.contains(index) ? replacements[index] : 0
    }

    /// The 32 bits, signed, at an offset.
    func operand(_ offset: Int) -> Int {
        var value: UInt32 = 0
        for index in (0..<4).reversed() { value = value << 8 | UInt32(byte(offset + index)) }
        return Int(Int32(bitPattern: value))
    }

    func length(of place: SiteTables.Place) -> Int { tables.length(of: place, image: byte) }

    /// The places that the kernel may change in a range of addresses, by address; those that begin before it aside.
    public func sites(in range: Range<UInt64>) -> [TextSite] {
        let clamped = range.clamped(to: addresses)
        let end = Int(clamped.upperBound - addresses.lowerBound)
        var index = tables.first(from: Int(clamped.lowerBound - addresses.lowerBound))
        var sites: [TextSite] = []
        while index < tables.places.count, tables.places[index].offset < end {
            sites.append(site(tables.places[index]))
            index += 1
        }
        return sites
    }

    func address(_ offset: Int) -> UInt64 { addresses.lowerBound &+ UInt64(bitPattern: Int64(offset)) }

    func site(_ place: SiteTables.Place) -> TextSite {
        var site = TextSite(kind: place.kind, address: address(place.offset), length: length(of: place))
        switch place.kind {
        case .staticKey:
            site.key = tables.keys[place.detail].key &+ slide
            site.target = address(tables.keys[place.detail].target)
        case .staticCall:
            site.key = tables.calls[place.detail].key &+ slide
        case .runtimeConstant:
            site.constant = tables.constantNames[Int(tables.constants[place.detail].name)]
        case .alternative:
            site.replacements = tables.groups[place.detail].entries.map { index in
                let entry = tables.alternatives[index]
                let start = Int(entry.replacement)
                return TextSite.Replacement(
                    feature: Int(entry.feature), isInverted: entry.isInverted, isDirectCall: entry.isDirectCall,
                    bytes: (start..<start + Int(entry.replacementLength)).map(byte))
            }
        default: break
        }
        return site
    }
}

extension UnsafeRawBufferPointer {
    func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && suffix(text.utf8CodeUnitCount).elementsEqual(
                UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
