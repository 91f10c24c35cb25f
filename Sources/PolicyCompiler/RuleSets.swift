// SPDX-License-Identifier: Apache-2.0

/// A set of rule numbers as a bit vector, written out.
struct RuleSet: Hashable {
    private(set) var words: [UInt64]

    init(ruleCount: Int) { words = [UInt64](repeating: 0, count: (ruleCount + 63) / 64) }

    mutating func insert(_ rule: Int) { words[rule >> 6] |= 1 << UInt64(rule & 63) }
    mutating func remove(_ rule: Int) { words[rule >> 6] &= ~(1 << UInt64(rule & 63)) }
    mutating func formUnion(_ other: RuleSet) { for word in words.indices { words[word] |= other.words[word] } }
}

/// Sets of rules in the kernel's sparse form, each different one once: a word with a bit for every word that isn't
/// empty, then those words.
///
/// One summary word covers 64 words, that is 4,096 rules, which is the limit on rules.
struct RuleSets {
    /// The table. Offset 0 is the empty set.
    private(set) var words: [UInt64] = [0]
    private var offsets: [RuleSet: UInt32] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The offset of `set` in the table.
    mutating func intern(_ set: RuleSet) throws(PolicyCompilerError) -> UInt32 {
        if let known = offsets[set] { return known }
        var summary: UInt64 = 0
        for (index, word) in set.words.enumerated() where word != 0 { summary |= 1 << UInt64(index) }
        var offset: UInt32 = 0
        if summary != 0 {
            offset = UInt32(words.count)
            words.append(summary)
            words += set.words.filter { $0 != 0 }
        }
        guard words.count <= limit else {
            throw PolicyCompilerError.limit(.setWords, allowed: limit, reached: words.count)
        }
        offsets[set] = offset
        return offset
    }
}
