// SPDX-License-Identifier: Apache-2.0

/// One condition of a clause: that a value is in a list, or (inverted) that it isn't.
struct Literal: Hashable {
    /// By the numbering of the field's lists.
    var list: Int
    /// Of lists of paths: whether an unresolvable path is in it.
    var unresolvable = false
    var isInverted = false

    func holds(_ isInList: Bool) -> Bool { isInList != isInverted }
}

/// What all clauses ask of one field on one side, and the sets of clauses that its values satisfy.
///
/// A clause may have several literals on a field: of its policy's scope, of its rule, and inverted ones.
struct ClauseLiterals {
    /// Each different one once.
    private(set) var byClause: [Int: [Literal]] = [:]
    /// By list: the clauses that have a literal on it, ascending.
    private(set) var uses: [Int: [Int]] = [:]

    var isEmpty: Bool { byClause.isEmpty }

    mutating func insert(_ literal: Literal, clause: Int) {
        guard byClause[clause]?.contains(literal) != true else { return }
        byClause[clause, default: []].append(literal)
        if uses[literal.list]?.last != clause { uses[literal.list, default: []].append(clause) }
    }

    /// All clauses but those that have a literal which isn't true.
    func clauses(of count: Int, where isTrue: (_ clause: Int, Literal) -> Bool) -> RuleSet {
        var set = RuleSet.all(count)
        for (clause, literals) in byClause where !literals.allSatisfy({ isTrue(clause, $0) }) { set.remove(clause) }
        return set
    }

    /// The clauses that a value in none of the lists satisfies.
    func clausesOutside(of count: Int) -> RuleSet { clauses(of: count) { $1.holds(false) } }

    /// Clauses without a literal.
    func unconcerned(of count: Int) -> RuleSet { clauses(of: count) { _, _ in false } }

    /// Makes `set`, that of a value in none of `lists`, the set of a value that is in all of them and no other.
    ///
    /// - Parameter lists: ascending.
    /// - Returns: whether any clause has a literal on one of them.
    func enter<Lists: RandomAccessCollection>(_ lists: Lists, _ set: inout RuleSet) -> Bool
    where Lists.Element: BinaryInteger {
        var isConcerned = false
        for list in lists {
            guard let clauses = uses[Int(list)] else { continue }
            isConcerned = true
            for clause in clauses {
                let literals = byClause[clause]!
                // Mostly it is one.
                let holds =
                    literals.count == 1
                    ? literals[0].holds(true) : literals.allSatisfy { $0.holds(lists.holds($0.list)) }
                set.set(clause, holds)
            }
        }
        return isConcerned
    }
}

extension RandomAccessCollection where Element: BinaryInteger {
    /// Whether an ascending collection holds `member`.
    fileprivate func holds(_ member: Int) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let element = Int(self[index(startIndex, offsetBy: middle)])
            if element == member { return true }
            if element < member { low = middle + 1 } else { high = middle }
        }
        return false
    }
}
