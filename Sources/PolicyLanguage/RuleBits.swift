// SPDX-License-Identifier: Apache-2.0

/// A set of rules of one policy, by their index.
struct RuleBits: Hashable {
    private(set) var words: [UInt64]

    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    var size: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ rule: Int) -> Bool { words[rule >> 6] & 1 << UInt64(rule & 63) != 0 }
    mutating func insert(_ rule: Int) { words[rule >> 6] |= 1 << UInt64(rule & 63) }
    mutating func remove(_ rule: Int) { words[rule >> 6] &= ~(1 << UInt64(rule & 63)) }

    func intersection(_ other: RuleBits) -> RuleBits {
        var result = self
        for index in words.indices { result.words[index] &= other.words[index] }
        return result
    }

    /// The lowest rule in both sets.
    func first(alsoIn other: RuleBits) -> Int? {
        for index in words.indices {
            let word = words[index] & other.words[index]
            if word != 0 { return index * 64 + word.trailingZeroBitCount }
        }
        return nil
    }
}
