// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import PathAutomaton

/// Policies → the tables that the kernel programs decide by. A pure function: no files, no kernel, no clock.
///
/// Every list of paths becomes part of one automaton, every value of every field the set of clauses that it satisfies,
/// and a decision the intersection of the sets of its values (bit-vector classification, Lakshman & Stiliadis, 1998).
/// 16,384 patterns take about a second and 80 MB, a million digests about as long.
public enum PolicyCompiler {
    /// Compiles `policies`, whose order is their order within a tier.
    ///
    /// - Parameters:
    ///   - accounts: what the names of users and groups stand for.
    ///   - asking: whether rules that ask are asked about; else each does what its `on_timeout` says.
    /// - Throws: the first policy that isn't one, or the limit that they exceed together.
    public static func compile(
        _ policies: [Policy], accounts: AccountDirectory = AccountDirectory(), limits: Limits = Limits(),
        asking: Bool = true
    ) throws(PolicyCompilerError) -> PolicyTables {
        guard policies.count <= limits.policies else {
            throw .limit(.policies, allowed: limits.policies, reached: policies.count)
        }
        try PolicyCheck.check(policies)
        let clauses = try Clauses(policies, accounts: accounts, limit: limits.rules, asking: asking)

        // What is small and may be refused comes before the automaton.
        var sets = RuleSets(limit: limits.setWords)
        let lists = try ListSets(clauses, sets: &sets, limit: limits.lists)
        let values = try ValueSets(clauses, sets: &sets, limit: limits.values)
        let digests = try DigestSets(clauses, sets: &sets, limit: limits.digests)
        let numbers = try NumberSets(clauses, sets: &sets)
        let all = try sets.intern(RuleSet.all(clauses.count))

        let automaton = try automaton(for: clauses.pathConditions(), limits)
        var tables = PolicyTables(automaton, clauses)
        tables.take(lists, values, digests, numbers)
        tables.allRules = all
        var classes: ClassSets
        do throws(PolicyCompilerError) {
            classes = try ClassSets(clauses, automaton, unconditionalAutomaton: 0, sets: sets)
        } catch {
            // Clauses without a condition are in the set of every class. In an automaton of their own they are there once.
            guard automaton.starts.count < limits.automata, automaton.classes.count < limits.classes,
                automaton.states.count < limits.states
            else { throw error }
            tables.appendSinkAutomaton()
            classes = try ClassSets(clauses, automaton, unconditionalAutomaton: automaton.starts.count, sets: sets)
            tables.notes.append(
                "rules without a condition on a path were put into an automaton of their own, as their sets together with"
                    + " those of the paths would have more than \(limits.setWords) words")
        }
        tables.take(classes)
        if !asking { tables.addNotes(on: policies) }
        tables.takeQuestions(clauses)
        tables.statistics.policies = policies.count
        tables.statistics.rules = policies.reduce(0) { $0 + $1.rules.count }
        tables.statistics.patterns = automaton.patternCount
        tables.statistics.byteClasses = automaton.byteClassCount
        tables.count()
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
    fileprivate init(_ automaton: PathAutomaton, _ clauses: Clauses) {
        self.init(
            starts: automaton.starts, byteClass: automaton.byteClass, rules: clauses.entries.map(\.table),
            accept: automaton.accept, states: automaton.states.map { State(base: $0.base, fallback: $0.fallback) },
            transitions: automaton.transitions.map { Transition(check: $0.check, target: $0.target) },
            names: clauses.entries.map(\.name), notes: automaton.notes)
        for dimension in Dimension.allCases where !clauses[dimension].isEmpty { used.formUnion(dimension.used) }
    }

    /// One state that every path ends in; its class is the one after the automaton's.
    fileprivate mutating func appendSinkAutomaton() {
        let number = UInt32(states.count)
        starts.append(number)
        states.append(State(base: State.sink, fallback: number))
        accept.append((accept.max() ?? 0) + 1)
    }

    fileprivate mutating func take(
        _ ofLists: ListSets, _ ofValues: ValueSets, _ ofDigests: DigestSets, _ ofNumbers: NumberSets
    ) {
        lists = ofLists.lists
        values = ofValues.values
        otherUser = ofValues.otherUser
        otherFilesystem = ofValues.otherFilesystem
        digests = ofDigests.digests
        otherDigest = ofDigests.other
        unknownDigest = ofDigests.unknown
        operations = ofNumbers.operations
        operationSets = ofNumbers.operation
        asked = ofNumbers.asked
        accessSets = ofNumbers.access
        areaSets = ofNumbers.area
        signalSets = ofNumbers.signal
        mappingSets = ofNumbers.mapping
        flagsSets = ofNumbers.flags
    }

    fileprivate mutating func take(_ ofClasses: ClassSets) {
        classes = ofClasses.classes
        unresolvable = ofClasses.unresolvable
        absent = ofClasses.absent
        sets = ofClasses.sets.words
    }

    fileprivate mutating func addNotes(on policies: [Policy]) {
        for policy in policies {
            for rule in policy.rules where rule.action == .ask {
                notes.append(
                    "rule '\(rule.name)' of policy '\(policy.name)' asks, and nothing can be held on this machine: it does"
                        + " what its on_timeout says (\(rule.settledAction.rawValue))")
            }
        }
    }

    fileprivate mutating func count() {
        statistics.clauses = rules.count
        statistics.automata = starts.count
        statistics.states = states.count
        statistics.transitions = transitions.count
        statistics.classes = classes.count
        statistics.values = values.count
        statistics.lists = lists.count
        statistics.digests = digests.count
        statistics.setWords = sets.count
        func bytes<Element>(_ elements: [Element]) -> Int { elements.count * MemoryLayout<Element>.stride }
        statistics.bytes =
            bytes(byteClass) + bytes(operationSets) + bytes(accessSets) + bytes(areaSets) + bytes(signalSets)
            + bytes(mappingSets) + bytes(flagsSets) + bytes(lists) + bytes(values) + bytes(rules) + bytes(classes)
            + bytes(accept) + bytes(states) + bytes(transitions) + bytes(sets) + bytes(digests)
    }
}
