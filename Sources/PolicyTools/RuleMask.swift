// SPDX-License-Identifier: Apache-2.0

/// A set of clauses, by their number.
struct RuleMask: Hashable {
    private var words: [UInt64]

    init(all count: Int) {
        words = [UInt64](repeating: .max, count: (count + 63) / 64)
        if count % 64 != 0 { words[count / 64] = 1 << UInt64(count % 64) - 1 }
    }

    mutating func set(_ number: Int, _ isMember: Bool) {
        let bit = UInt64(1) << UInt64(number & 63)
        if isMember { words[number >> 6] |= bit } else { words[number >> 6] &= ~bit }
    }

    func intersection(_ other: RuleMask) -> RuleMask {
        var result = self
        for index in words.indices { result.words[index] &= other.words[index] }
        return result
    }

    /// Ascending.
    var members: [Int] {
        var members: [Int] = []
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                members.append(index * 64 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
        return members
    }
}

/// The clauses whose conditions on one attribute a value satisfies.
struct ClauseMasks {
    private struct Use {
        var list: Int
        var isInverted: Bool
    }

    private let count: Int
    /// By clause.
    private var uses: [Int: [Use]] = [:]
    /// By list.
    private var users: [Int: [Int]] = [:]
    /// Of a value in no list.
    private var base: RuleMask
    /// By clause: whether what isn't known counts as holding.
    private var leaning: [Int: Bool] = [:]

    init(_ clauses: [ComparedClause], _ attribute: AttemptAttribute, _ numbers: [AskedList: Int]) {
        count = clauses.count
        base = RuleMask(all: count)
        let isOfDigests = [.fileDigest, .subjectDigest, .objectDigest].contains(attribute)
        for (number, clause) in clauses.enumerated() {
            for literal in clause.literals where literal.attribute == attribute {
                let list = numbers[literal.list]!
                uses[number, default: []].append(Use(list: list, isInverted: literal.isInverted))
                users[list, default: []].append(number)
                if !literal.isInverted { base.set(number, false) }
            }
            leaning[number] = isOfDigests ? clause.holdsWithoutDigest : clause.leansToDeny
        }
    }

    func mask(of sample: AttributeSample) -> RuleMask {
        var mask = base
        let concerned = sample.isUnknown ? Array(uses.keys) : sample.lists.flatMap { users[$0] ?? [] }
        for clause in concerned {
            mask.set(
                clause,
                uses[clause]!.allSatisfy { use in
                    if sample.lists.contains(use.list) { return !use.isInverted }
                    return sample.isUnknown ? leaning[clause]! : use.isInverted
                })
        }
        return mask
    }
}
