// SPDX-License-Identifier: Apache-2.0

/// The image's tables of places in text, read once.
///
/// Addresses are kept as byte offsets from where `.text` is linked to begin; replacements of alternatives lie behind it in
/// the same count. A place is a word: its offset, its kind and an index into the kind's details, so that all of them can be
/// sorted and searched as numbers.
struct SiteTables: Sendable {
    struct Place: Hashable, Sendable {
        var word: UInt64

        init(offset: UInt32, kind: TextSite.Kind, detail: Int = 0) {
            word = UInt64(offset) << 32 | UInt64(kind.rawValue) << 24 | UInt64(detail & 0xff_ffff)
        }

        var offset: Int { Int(word >> 32) }
        var kind: TextSite.Kind { TextSite.Kind(rawValue: UInt8(truncatingIfNeeded: word >> 24)) ?? .alternative }
        var detail: Int { Int(word & 0xff_ffff) }
    }

    /// Replacements for the instructions at one place; `entries` of them, in `alternatives`.
    struct AlternativeGroup: Hashable, Sendable {
        var length: UInt8
        var entries: Range<Int>
    }

    /// The most places that are kept: `Place` has 24 bits for an index, and kernels of distributions have half a million.
    static let limit = 4_000_000

    /// By offset.
    private(set) var places: [Place] = []
    var groups: [AlternativeGroup] = []
    var alternatives: [AlternativeInstructions.Entry] = []
    /// Lengths of calls through `pv_ops`.
    var paravirtual: [UInt8] = []
    var keys: [StaticKeyBranch] = []
    var calls: [StaticCallSite] = []
    var constants: [RuntimeConstant] = []
    var constantNames: [String] = []
    /// Entries of tables that point to what isn't an instruction of their kind; what differs there isn't explained.
    var misplaced = 0

    struct StaticKeyBranch: Hashable, Sendable {
        /// 2 or 5 bytes.
        var length: UInt8
        /// Offset of the branch's target, and address of the key as linked.
        var target: Int
        var key: UInt64
    }

    struct StaticCallSite: Hashable, Sendable {
        /// Address of the key as linked.
        var key: UInt64
        var isTail: Bool
        /// 6 bytes for a conditional jump, else 5.
        var length: UInt8
    }

    struct RuntimeConstant: Hashable, Sendable {
        /// Index into `constantNames`.
        var name: UInt16
        /// 8 bytes, or 1 for a shift.
        var length: UInt8
    }

    /// - Throws: `lacking` and `malformed`.
    init(_ kernel: ELFKernel, layout: KernelLayout, symbols: KernelSymbolTable) throws(KernelImageError) {
        var builder = try Builder(kernel: kernel, layout: layout, symbols: symbols)
        try builder.readAlternatives(into: &self)
        try builder.readRelativeLists()
        try builder.readPointers(into: &self)
        try builder.readStaticKeys(into: &self)
        try builder.readStaticCalls(into: &self)
        builder.readConstants(into: &self)
        builder.readFixedPlaces()
        guard builder.places.count <= Self.limit else {
            throw .malformed("its tables name \(builder.places.count) places, more than \(Self.limit)")
        }
        places = Self.sorted(builder.places)
        misplaced = builder.misplaced
    }

    /// By offset: a radix sort, as half a million words take a comparing one longer than all else here.
    private static func sorted(_ places: [Place]) -> [Place] {
        var from = places
        var to = [Place](repeating: Place(word: 0), count: places.count)
        for shift in stride(from: 24, to: 64, by: 10) {
            var starts = [Int](repeating: 0, count: 1025)
            for place in from { starts[Int(place.word >> UInt64(shift)) & 1023 + 1] += 1 }
            for index in 1...1024 { starts[index] += starts[index - 1] }
            for place in from {
                let digit = Int(place.word >> UInt64(shift)) & 1023
                to[starts[digit]] = place
                starts[digit] += 1
            }
            swap(&from, &to)
        }
        return from
    }

    /// The index of the first place at an offset or behind it.
    func first(from offset: Int) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Bytes of a place; `image` gives those of the kernel as linked.
    func length(of place: Place, image: (Int) -> UInt8) -> Int {
        switch place.kind {
        case .alternative: Int(groups[place.detail].length)
        case .paravirtual: Int(paravirtual[place.detail])
        case .retpoline: RetpolineForm.length(at: place.offset, image: image)
        case .lockPrefix: 1
        case .sealedEntry: 4
        case .staticKey: Int(keys[place.detail].length)
        case .staticCall: Int(calls[place.detail].length)
        case .runtimeConstant: Int(constants[place.detail].length)
        case .callPadding, .probe: 0
        case .returnThunk, .call, .functionEntry, .ftraceCall, .staticCallTrampoline, .bpfDispatcher: 5
        }
    }
}

extension SiteTables.Place {
    fileprivate init(word: UInt64) { self.word = word }
}

/// Where text and what may replace it lie, as linked.
struct KernelLayout: Sendable {
    /// `.text`, to the end of its last page.
    var text: Range<UInt64>
    /// `.altinstr_replacement`; empty where there is none.
    var replacements: Range<UInt64>

    /// The offset from the beginning of text; nil for an address in neither.
    func offset(_ address: UInt64) -> UInt32? {
        guard text.contains(address) || replacements.contains(address) else { return nil }
        return UInt32(exactly: address - text.lowerBound)
    }
}
