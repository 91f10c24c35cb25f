// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The sets of lists of which any may hold for a value of several parts: ancestors, groups and capabilities.
struct ListSets {
    private(set) var lists: [PolicyTables.List] = []

    /// - Parameter limit: lists of each kind.
    init(_ clauses: Clauses, sets: inout RuleSets, limit: Int) throws(PolicyCompilerError) {
        let known = clauses.lists
        let counts = (known.ancestors.elements.count, known.groups.elements.count, known.capabilities.elements.count)
        let most = max(counts.0, counts.1, counts.2)
        guard most <= limit else { throw .limit(.lists, allowed: limit, reached: most) }
        for number in 0..<counts.0 {
            try append(.ancestor, number, clauses, &sets) { clauses[.ancestor($0)] }
        }
        for number in 0..<counts.1 {
            try append(.group, number, clauses, &sets) { clauses[.group($0)] }
        }
        for (number, bits) in known.capabilities.elements.enumerated() {
            try append(.capability, number, clauses, &sets) { clauses[.capability($0)] }
            lists[lists.count - 1].capabilities = bits
        }
    }

    private mutating func append(
        _ kind: PolicyTables.List.Kind, _ number: Int, _ clauses: Clauses, _ sets: inout RuleSets,
        _ literals: (Dimension.Side) -> ClauseLiterals
    ) throws(PolicyCompilerError) {
        var list = PolicyTables.List(kind: kind.rawValue, bit: UInt8(number))
        for side in Dimension.Side.allCases {
            let literals = literals(side)
            func set(_ isTrue: (Int, Literal) -> Bool) -> RuleSet {
                literals.clauses(of: clauses.count) { $1.list != number || isTrue($0, $1) }
            }
            list.holds[side.rawValue] = try sets.intern(set { $1.holds(true) })
            list.fails[side.rawValue] = try sets.intern(set { $1.holds(false) })
            list.unknown[side.rawValue] =
                kind == .ancestor
                ? try sets.intern(set { clause, _ in clauses.entries[clause].rule.leansToDeny })
                : list.fails[side.rawValue]
        }
        lists.append(list)
    }
}
