// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// For every class of paths the clauses whose conditions it satisfies, by field, and the classes beside the automata.
struct ClassSets {
    private(set) var sets: RuleSets
    private(set) var classes: [PolicyTables.Class] = []
    private(set) var unresolvable = PolicyTables.Class()
    private(set) var absent = PolicyTables.Class()

    /// - Parameters:
    ///   - sets: the table so far.
    ///   - unconditionalAutomaton: the automaton whose classes carry the clauses without a condition on a field; one
    ///     beyond the last is a further one with a single class. (The kernel unites the sets of all automata, so they
    ///     needn't be in more than one.)
    init(
        _ clauses: Clauses, _ automaton: PathAutomaton, unconditionalAutomaton: Int, sets: RuleSets
    ) throws(PolicyCompilerError) {
        self.sets = sets
        var ancestors: [Int: UInt64] = [:]
        for (bit, list) in clauses.lists.ancestors.elements.enumerated() {
            ancestors[list.patterns, default: 0] |= 1 << UInt64(bit)
            if list.unresolvable { unresolvable.ancestors |= 1 << UInt64(bit) }
        }
        classes = automaton.classes.map { value in
            var result = PolicyTables.Class()
            guard !ancestors.isEmpty else { return result }
            for list in value.conditions { result.ancestors |= ancestors[Int(list)] ?? 0 }
            return result
        }
        let count = clauses.count
        for dimension in Dimension.paths {
            let literals = clauses[dimension]
            let field = dimension.rawValue
            let unconcerned = literals.unconcerned(of: count)
            var bases = PathBases(literals, automaton, ruleCount: count)
            bases.add(unconcerned, to: unconditionalAutomaton)
            // Most classes satisfy no condition on this field: their set is known by their automaton.
            var known = [UInt32?](repeating: nil, count: automaton.starts.count)
            for (number, value) in automaton.classes.enumerated() {
                var set = bases.sets[value.automaton]
                let isConcerned = literals.enter(value.conditions, &set)
                if !isConcerned, let offset = known[value.automaton] {
                    classes[number].set[field] = offset
                    continue
                }
                let offset = try self.sets.intern(set)
                classes[number].set[field] = offset
                if !isConcerned { known[value.automaton] = offset }
            }
            unresolvable.set[field] = try self.sets.intern(
                literals.clauses(of: count) { $1.holds($1.unresolvable) })
            absent.set[field] = try self.sets.intern(literals.clausesOutside(of: count))
            if unconditionalAutomaton == automaton.starts.count {
                if classes.count == automaton.classes.count { classes.append(PolicyTables.Class()) }
                classes[automaton.classes.count].set[field] = try self.sets.intern(unconcerned)
            }
        }
    }
}

/// By automaton: clauses that its classes satisfy before any of their conditions is looked at.
private struct PathBases {
    private(set) var sets: [RuleSet]

    init(_ literals: ClauseLiterals, _ automaton: PathAutomaton, ruleCount: Int) {
        sets = [RuleSet](repeating: RuleSet(ruleCount: ruleCount), count: automaton.starts.count + 1)
        // A clause whose literals are all inverted is satisfied until a list matches. All its lists are in one automaton.
        for (clause, literals) in literals.byClause where literals.allSatisfy(\.isInverted) {
            // A list without patterns (only `unresolvable`) is in no automaton and matches no path.
            let home = literals.lazy.compactMap { automaton.homes[$0.list].first }.first ?? 0
            sets[home].insert(clause)
        }
    }

    mutating func add(_ unconcerned: RuleSet, to automaton: Int) { sets[automaton].formUnion(unconcerned) }
}
