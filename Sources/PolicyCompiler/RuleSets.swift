// SPDX-License-Identifier: Apache-2.0

/// A set of rule numbers as a bit vector, written out.
struct RuleSet: Hashable {
    private(set) var words: [UInt64]

    init(ruleCount: Int) { words = [UInt64](repeating: 0, count: (ruleCount + 63) / 64) }

    /// All of them.
    static func all(_ ruleCount: Int) -> RuleSet {
        var set = RuleSet(ruleCount: ruleCount)
        for word in set.words.indices { set.words[word] = .max }
        if ruleCount % 64 != 0 { set.words[ruleCount / 64] = 1 << UInt64(ruleCount % 64) - 1 }
        return set
    }

    mutating func insert(_ rule: Int) { words[rule >> 6] |= 1 << UInt64(rule & 63) }
    mutating func remove(_ rule: Int) { words[rule >> 6] &= ~(1 << UInt64(rule & 63)) }
    mutating func set(_ rule: Int, _ isMember: Bool) { if isMember { insert(rule) } else { remove(rule) } }
    mutating func formUnion(_ other: RuleSet) { for word in words.indices { words[word] |= other.words[word] } }
}

/// Sets of rules in the kernel's sparse form, each different one once: a word with a bit for every word that isn't
/// empty, then those words.
///
/// One summary word covers 64 words, that is 4,096 rules, which is the limit on rules. Known sets are found by an
/// open-addressing table of offsets: 4 bytes a set beside its words.
struct RuleSets {
    /// The table. Offset 0 is the empty set.
    private(set) var words: [UInt64] = [0]
    private var slots = [UInt32](repeating: 0, count: 64)
    private var count = 0
    private var sparse: [UInt64] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The offset of `set` in the table.
    mutating func intern(_ set: RuleSet) throws(PolicyCompilerError) -> UInt32 {
        sparse.removeAll(keepingCapacity: true)
        sparse.append(0)
        for (index, word) in set.words.enumerated() where word != 0 {
            sparse[0] |= 1 << UInt64(index)
            sparse.append(word)
        }
        guard sparse[0] != 0 else { return 0 }
        var slot = Self.hash(sparse[...]) & (slots.count - 1)
        while slots[slot] != 0 {
            if isSparse(at: Int(slots[slot])) { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        let offset = UInt32(words.count)
        words += sparse
        guard words.count <= limit else {
            throw PolicyCompilerError.limit(.setWords, allowed: limit, reached: words.count)
        }
        slots[slot] = offset
        count += 1
        if count * 2 > slots.count { grow() }
        return offset
    }

    private func isSparse(at offset: Int) -> Bool {
        // A set's first word says how many follow, so equal first words make equal lengths.
        guard words[offset] == sparse[0] else { return false }
        for index in 1..<sparse.count where words[offset + index] != sparse[index] { return false }
        return true
    }

    private static func hash(_ words: ArraySlice<UInt64>) -> Int {
        var mixed: UInt64 = 0x9e37_79b9_7f4a_7c15
        for word in words { mixed = (mixed ^ word ^ (mixed >> 29)) &* 0xd6e8_feb8_6659_fd93 }
        return Int(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    private mutating func grow() {
        let known = slots.filter { $0 != 0 }
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for offset in known {
            let start = Int(offset)
            var slot = Self.hash(words[start..<start + 1 + words[start].nonzeroBitCount]) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = offset
        }
    }
}
