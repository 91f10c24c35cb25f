// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

extension Clauses {
    /// The lists of patterns as conditions of automata.
    ///
    /// The kernel unites the sets of all automata. A clause that wants one list to match may have it spread. A clause that
    /// wants it not to match, or that has several lists on one field, can be judged by one automaton only: that list
    /// stays whole, and lists that a clause has on one field stay together.
    func pathConditions() -> [PathAutomaton.Condition] {
        var conditions = lists.patterns.elements.map { patterns in
            PathAutomaton.Condition(patterns: patterns.sorted { $0.text < $1.text })
        }
        var groups = DisjointSets(count: conditions.count)
        for dimension in Dimension.paths {
            for literals in self[dimension].byClause.values {
                let lists = literals.map(\.list).filter { !conditions[$0].patterns.isEmpty }
                for literal in literals where literal.isInverted { conditions[literal.list].isDivisible = false }
                for (a, b) in zip(lists, lists.dropFirst()) { groups.unite(a, b) }
            }
        }
        for list in conditions.indices where groups.isShared(list) { conditions[list].group = groups.root(of: list) }
        return conditions
    }
}

/// Union-find: the least number of a set names it.
private struct DisjointSets {
    private var parents: [Int]
    private var shared: [Bool]

    init(count: Int) {
        parents = Array(0..<count)
        shared = [Bool](repeating: false, count: count)
    }

    /// Whether it was united with another one.
    func isShared(_ member: Int) -> Bool { shared[member] }

    mutating func root(of member: Int) -> Int {
        var member = member
        while parents[member] != member {
            parents[member] = parents[parents[member]]
            member = parents[member]
        }
        return member
    }

    mutating func unite(_ a: Int, _ b: Int) {
        let (a, b) = (root(of: a), root(of: b))
        guard a != b else { return }
        parents[max(a, b)] = min(a, b)
        shared[a] = true
        shared[b] = true
    }
}
