// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// For every class of paths the rules whose condition it satisfies, on both sides, and the sets beside them.
struct ClassSets {
    private(set) var sets: RuleSets
    private(set) var classes: [PolicyTables.Class] = []
    private(set) var unresolvable = PolicyTables.Class(objectSet: 0, subjectSet: 0)
    private(set) var absent = PolicyTables.Class(objectSet: 0, subjectSet: 0)
    private(set) var operationSets: [UInt32] = []

    /// - Parameter unconditionalAutomaton: the automaton whose classes carry the rules without a condition; one beyond
    ///   the last is a further one with a single class. (The kernel unites the sets of all automata, so they needn't be
    ///   in more than one.)
    init(
        _ rules: NumberedRules, _ automaton: PathAutomaton, unconditionalAutomaton: Int, limit: Int
    ) throws(PolicyCompilerError) {
        sets = RuleSets(limit: limit)
        let count = rules.entries.count
        let object = SideSets(rules.object, automaton, unconditionalAutomaton, ruleCount: count)
        let subject = SideSets(rules.subject, automaton, unconditionalAutomaton, ruleCount: count)
        for value in automaton.classes {
            classes.append(
                PolicyTables.Class(
                    objectSet: try sets.intern(object.rules(of: value)),
                    subjectSet: try sets.intern(subject.rules(of: value))))
        }
        absent = PolicyTables.Class(
            objectSet: try sets.intern(rules.object.unconditional),
            subjectSet: try sets.intern(rules.subject.unconditional))
        if unconditionalAutomaton == automaton.starts.count { classes.append(absent) }
        unresolvable = PolicyTables.Class(
            objectSet: try sets.intern(rules.object.unresolvableOrUnconditional),
            subjectSet: try sets.intern(rules.subject.unresolvableOrUnconditional))

        var byOperation = [RuleSet](repeating: RuleSet(ruleCount: count), count: Operation.kernelNumbers)
        for (number, entry) in rules.entries.enumerated() {
            for operation in entry.rule.operations { byOperation[Int(operation.kernelNumber)].insert(number) }
        }
        for set in byOperation { operationSets.append(try sets.intern(set)) }
    }
}

/// The rules of one side by class of paths.
private struct SideSets {
    private let side: NumberedRules.Side
    /// By automaton: rules that its classes satisfy before any condition is looked at. An inverted rule is satisfied
    /// until its list is, and its list is in one automaton only.
    private var initial: [RuleSet]

    init(_ side: NumberedRules.Side, _ automaton: PathAutomaton, _ unconditionalAutomaton: Int, ruleCount: Int) {
        self.side = side
        initial = [RuleSet](repeating: RuleSet(ruleCount: ruleCount), count: automaton.starts.count + 1)
        initial[unconditionalAutomaton].formUnion(side.unconditional)
        for (list, rules) in side.inverted {
            // A list without patterns (only `unresolvable`) is in no automaton and matches no path.
            let home = automaton.homes[list].first ?? 0
            for rule in rules { initial[home].insert(rule) }
        }
    }

    func rules(of value: PathAutomaton.Class) -> RuleSet {
        var set = initial[value.automaton]
        for list in value.conditions {
            for rule in side.plain[Int(list)] ?? [] { set.insert(rule) }
            for rule in side.inverted[Int(list)] ?? [] { set.remove(rule) }
        }
        return set
    }
}

extension NumberedRules.Side {
    fileprivate var unresolvableOrUnconditional: RuleSet {
        var set = unresolvable
        set.formUnion(unconditional)
        return set
    }
}
