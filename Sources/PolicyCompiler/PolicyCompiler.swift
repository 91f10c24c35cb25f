// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import PathAutomaton

/// Policies → the tables that the kernel programs decide by. A pure function: no files, no kernel, no clock.
///
/// Every list of paths becomes part of one automaton, every class of paths the set of rules that it satisfies, and a
/// decision the intersection of three sets: rules on the operation, rules that the subject satisfies, rules that the
/// object satisfies (bit-vector classification, Lakshman & Stiliadis, 1998). 16,384 patterns take about a second and
/// 80 MB.
public enum PolicyCompiler {
    /// Compiles `policies`, whose order is their order within a tier.
    ///
    /// - Throws: the first policy that isn't one, or the limit that they exceed together.
    public static func compile(
        _ policies: [Policy], limits: Limits = Limits()
    ) throws(PolicyCompilerError) -> PolicyTables {
        guard policies.count <= limits.policies else {
            throw .limit(.policies, allowed: limits.policies, reached: policies.count)
        }
        let ruleCount = policies.reduce(0) { $0 + $1.rules.count }
        guard ruleCount <= limits.rules else { throw .limit(.rules, allowed: limits.rules, reached: ruleCount) }
        try PolicyCheck.check(policies)

        let rules = NumberedRules(policies)
        let automaton = try automaton(for: rules.conditions, limits)
        var tables = PolicyTables(automaton, rules)
        var sets: ClassSets
        do throws(PolicyCompilerError) {
            sets = try ClassSets(rules, automaton, unconditionalAutomaton: 0, limit: limits.setWords)
        } catch {
            // Rules without a condition are in the set of every class. In an automaton of their own they are there once.
            guard automaton.starts.count < limits.automata, automaton.classes.count < limits.classes,
                automaton.states.count < limits.states
            else { throw error }
            tables.appendSinkAutomaton()
            sets = try ClassSets(
                rules, automaton, unconditionalAutomaton: automaton.starts.count, limit: limits.setWords)
            tables.notes.append(
                "rules without a condition on a side were put into an automaton of their own, as their sets together with"
                    + " those of the paths would have more than \(limits.setWords) words")
        }
        tables.take(sets)
        tables.statistics.policies = policies.count
        tables.statistics.patterns = automaton.patternCount
        tables.statistics.byteClasses = automaton.byteClassCount
        return tables
    }

    private static func automaton(
        for conditions: [PathAutomaton.Condition], _ limits: Limits
    ) throws(PolicyCompilerError) -> PathAutomaton {
        var automatonLimits = PathAutomaton.Limits()
        automatonLimits.patterns = limits.patterns
        automatonLimits.positions = limits.positions
        automatonLimits.automata = limits.automata
        automatonLimits.states = limits.states
        automatonLimits.transitions = limits.transitions
        automatonLimits.classes = limits.classes
        do throws(PathAutomatonError) {
            return try PathAutomaton(conditions, limits: automatonLimits)
        } catch {
            let limit: PolicyCompilerError.Limit =
                switch error.limit {
                case .states: .states
                case .transitions: .transitions
                case .classes: .classes
                case .patterns: .patterns
                case .positions: .positions
                }
            throw .limit(limit, allowed: error.allowed, reached: error.reached)
        }
    }
}

extension PolicyTables {
    fileprivate init(_ automaton: PathAutomaton, _ rules: NumberedRules) {
        self.init(
            starts: automaton.starts, subjectConditions: rules.subject.isEmpty ? 0 : 1,
            unresolvable: Class(objectSet: 0, subjectSet: 0), absent: Class(objectSet: 0, subjectSet: 0),
            operationSets: [], byteClass: automaton.byteClass, rules: rules.entries.map(\.table), classes: [],
            accept: automaton.accept, states: automaton.states.map { State(base: $0.base, fallback: $0.fallback) },
            transitions: automaton.transitions.map { Transition(check: $0.check, target: $0.target) }, sets: [0],
            names: rules.entries.map(\.name), statistics: Statistics(), notes: automaton.notes)
    }

    /// One state that every path ends in; its class is the one after the automaton's.
    fileprivate mutating func appendSinkAutomaton() {
        let number = UInt32(states.count)
        starts.append(number)
        states.append(State(base: State.sink, fallback: number))
        accept.append((accept.max() ?? 0) + 1)
    }

    fileprivate mutating func take(_ compiled: ClassSets) {
        classes = compiled.classes
        unresolvable = compiled.unresolvable
        absent = compiled.absent
        operationSets = compiled.operationSets
        sets = compiled.sets.words
        statistics.rules = rules.count
        statistics.automata = starts.count
        statistics.states = states.count
        statistics.transitions = transitions.count
        statistics.classes = classes.count
        statistics.setWords = sets.count
        statistics.bytes =
            256 + 8 * (rules.count + classes.count + states.count + transitions.count + sets.count) + 4 * accept.count
    }
}
