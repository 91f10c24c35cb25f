// SPDX-License-Identifier: Apache-2.0

/// Makes inputs out of others: the same seed, the same inputs.
struct Mutator {
    /// The limit `fuzz-input`: bytes of an input.
    static let maximumLength = 1 << 16
    /// Numbers at which decoders change their mind.
    private static let numbers: [UInt64] = [
        0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
        0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, .max,
    ]

    private var state: UInt64
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]

    init(seed: UInt64, corpus: [[UInt8]], words: [String]) {
        state = seed
        self.corpus = corpus
        self.words = words.map { Array($0.utf8) }
    }

    /// One of the corpus with one to eight changes.
    mutating func input() -> [UInt8] {
        var bytes = corpus[below(corpus.count)]
        for _ in 0...below(8) { change(&bytes) }
        if bytes.count > Self.maximumLength { bytes.removeLast(bytes.count - Self.maximumLength) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = below(bytes.count + 1)
        let length = min(1 + below(1 << below(8)), bytes.count - place)
        switch below(words.isEmpty ? 9 : 11) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: next())
        case 2: bytes.removeSubrange(place..<place + length)
        case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 4: bytes.removeSubrange(place...)
        case 5:
            // The head of this one, the tail of another.
            let other = corpus[below(corpus.count)]
            bytes = Array(bytes[..<place] + other[below(other.count + 1)...])
        case 6: overwrite(&bytes, place, number(1 << below(4)))
        case 7: bytes.insert(contentsOf: varint(), at: place)
        case 8: bytes.insert(contentsOf: (0..<1 + below(16)).map { _ in UInt8(truncatingIfNeeded: next()) }, at: place)
        case 9: bytes.insert(contentsOf: words[below(words.count)], at: place)
        case 10: overwrite(&bytes, place, words[below(words.count)])
        default: break
        }
    }

    private func overwrite(_ bytes: inout [UInt8], _ place: Int, _ new: [UInt8]) {
        bytes.replaceSubrange(place..<min(place + new.count, bytes.count), with: new)
    }

    private mutating func number(_ count: Int) -> [UInt8] {
        let number = Self.numbers[below(Self.numbers.count)]
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        return below(2) == 0 ? bytes : bytes.reversed()
    }

    private mutating func varint() -> [UInt8] {
        var number = Self.numbers[below(Self.numbers.count)]
        var bytes: [UInt8] = []
        while number >= 0x80 {
            bytes.append(UInt8(number & 0x7f) | 0x80)
            number >>= 7
        }
        return bytes + [UInt8(number)]
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
