// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The digests that rules name, sorted, and the sets of each.
///
/// Made for a list of a million: the digests are laid out with the number of their list in place of their sets, sorted,
/// and compacted where they lie. Nearly all are in one list and nothing else, and share its sets.
struct DigestSets {
    /// By their words, ascending.
    private(set) var digests: [PolicyTables.DigestEntry] = []
    private(set) var other = InlineArray<4, UInt32>(repeating: 0)
    private(set) var unknown = InlineArray<4, UInt32>(repeating: 0)

    init(_ clauses: Clauses, sets: inout RuleSets, limit: Int) throws(PolicyCompilerError) {
        var fields: [Field] = []
        for (index, dimension) in Dimension.digests.enumerated() {
            let literals = clauses[dimension]
            let base = literals.clausesOutside(of: clauses.count)
            other[index] = try sets.intern(base)
            // A file without fs-verity is in no list; any other digest is one that isn't known.
            unknown[index] =
                dimension == .verity
                ? other[index]
                : try sets.intern(
                    literals.clauses(of: clauses.count) { clause, _ in clauses.entries[clause].rule.holdsWithoutDigest }
                )
            fields.append(Field(literals: literals, base: base))
        }
        layOut(clauses.lists.digests.elements)
        try compact(fields, &sets, limit: limit)
    }

    private struct Field {
        var literals: ClauseLiterals
        var base: RuleSet
    }

    private mutating func layOut(_ lists: [[Digest]]) {
        digests.reserveCapacity(lists.reduce(0) { $0 + $1.count })
        for (number, list) in lists.enumerated() {
            for digest in list {
                digests.append(PolicyTables.DigestEntry(word: digest.words, set: [UInt32(number), 0, 0, 0]))
            }
        }
        digests.sort()
    }

    private mutating func compact(
        _ fields: [Field], _ sets: inout RuleSets, limit: Int
    ) throws(PolicyCompilerError) {
        var known: [[UInt32]: InlineArray<4, UInt32>] = [:]
        var lists: [UInt32] = []
        var last: (lists: [UInt32], set: InlineArray<4, UInt32>)?
        var (end, next) = (0, 0)
        while next < digests.count {
            var entry = digests[next]
            lists.removeAll(keepingCapacity: true)
            while next < digests.count, digests[next].hasWords(of: entry) {
                if lists.last != digests[next].set[0] { lists.append(digests[next].set[0]) }
                next += 1
            }
            if let last, last.lists == lists {
                entry.set = last.set
            } else {
                if known[lists] == nil { known[lists] = try offsets(lists, fields, &sets) }
                entry.set = known[lists]!
                last = (lists, entry.set)
            }
            digests[end] = entry
            end += 1
        }
        guard end <= limit else { throw .limit(.digests, allowed: limit, reached: end) }
        digests.removeSubrange(end...)
    }

    /// The sets of a digest that is in `lists`.
    private func offsets(
        _ lists: [UInt32], _ fields: [Field], _ sets: inout RuleSets
    ) throws(PolicyCompilerError) -> InlineArray<4, UInt32> {
        var offsets = other
        for (index, field) in fields.enumerated() {
            var set = field.base
            if field.literals.enter(lists, &set) { offsets[index] = try sets.intern(set) }
        }
        return offsets
    }
}

extension PolicyTables.DigestEntry: Comparable {
    func hasWords(of other: Self) -> Bool {
        word[0] == other.word[0] && word[1] == other.word[1] && word[2] == other.word[2] && word[3] == other.word[3]
    }

    /// By words, then by sets.
    public static func < (a: Self, b: Self) -> Bool {
        for index in 0..<4 where a.word[index] != b.word[index] { return a.word[index] < b.word[index] }
        for index in 0..<4 where a.set[index] != b.set[index] { return a.set[index] < b.set[index] }
        return false
    }

    public static func == (a: Self, b: Self) -> Bool {
        for index in 0..<4 where a.set[index] != b.set[index] { return false }
        return a.hasWords(of: b)
    }
}
