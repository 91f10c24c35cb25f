// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PathAutomaton {
    /// Compiles `conditions`.
    ///
    /// Costs about 50 µs a pattern for patterns that don't multiply their states. Patterns that do are spread over
    /// several automata, beginning with those that have a `**` in the middle; ``notes`` then says so.
    ///
    /// - Throws: the limit that can't be kept even so.
    public init(_ conditions: [Condition], limits: Limits = Limits()) throws(PathAutomatonError) {
        var encoded = EncodedPatterns()
        var units: [PatternUnit] = []
        for members in Self.groups(of: conditions) {
            let isDivisible = members.count == 1 && conditions[members[0]].mayBeDivided
            var whole = PatternUnit(sequences: encoded.count..<encoded.count, rank: .plain)
            for number in members {
                for pattern in conditions[number].patterns {
                    let start = encoded.count
                    var rank = PatternUnit.Rank.plain
                    for elements in pattern.alternatives {
                        rank = max(rank, PatternUnit.Rank(elements))
                        encoded.append(elements, condition: UInt32(number))
                    }
                    guard encoded.count <= limits.patterns else {
                        throw PathAutomatonError(.patterns, allowed: limits.patterns, reached: encoded.count)
                    }
                    if isDivisible {
                        units.append(PatternUnit(sequences: start..<encoded.count, rank: rank))
                    } else {
                        whole.rank = max(whole.rank, rank)
                    }
                }
            }
            guard !isDivisible, whole.sequences.lowerBound < encoded.count else { continue }
            whole.sequences = whole.sequences.lowerBound..<encoded.count
            units.append(whole)
        }
        var division = PatternDivision(encoded, limits: limits)
        try division.divide(units)
        try self.init(division, conditionCount: conditions.count, limits: limits)
    }

    /// The numbers of conditions that go into the same automaton, in the order of the first of each group.
    private static func groups(of conditions: [Condition]) -> [[Int]] {
        var groups: [[Int]] = []
        var places: [Int: Int] = [:]
        for (number, condition) in conditions.enumerated() {
            if let group = condition.group {
                if let place = places[group] {
                    groups[place].append(number)
                    continue
                }
                places[group] = groups.count
            }
            groups.append([number])
        }
        return groups
    }

    private init(_ division: PatternDivision, conditionCount: Int, limits: Limits) throws(PathAutomatonError) {
        let graphs = division.parts.map(\.graph)
        let stateCount = 1 + graphs.reduce(0) { $0 + $1.count }
        var packing = RowPacking(states: stateCount, classCount: division.classes.count)
        try packing.pack(graphs, limit: limits.transitions)

        byteClass = division.classes.table
        byteClassCount = division.classes.count
        transitions = packing.transitions
        patternCount = division.patterns.count
        var states = [State(base: State.sink, fallback: 0)]
        var accept: [UInt32] = [0]
        var starts: [UInt32] = []
        var classes: [Class] = []
        states.reserveCapacity(stateCount)
        accept.reserveCapacity(stateCount)
        for (automaton, graph) in graphs.enumerated() {
            let offset = UInt32(states.count)
            starts.append(offset)
            for state in 0..<graph.count {
                let number = offset + UInt32(state)
                if graph.isSink(state) {
                    states.append(State(base: State.sink, fallback: number))
                } else {
                    states.append(State(base: packing.bases[Int(number)], fallback: offset + graph.defaults[state]))
                }
                accept.append(UInt32(classes.count) + graph.accepts[state])
            }
            for conditions in graph.acceptLists { classes.append(Class(automaton: automaton, conditions: conditions)) }
        }
        guard classes.count <= limits.classes else {
            throw PathAutomatonError(.classes, allowed: limits.classes, reached: classes.count)
        }
        var homes = [Set<Int>](repeating: [], count: conditionCount)
        for (automaton, part) in division.parts.enumerated() {
            for sequence in part.units.flatMap(\.sequences) {
                homes[Int(division.patterns.conditions[sequence])].insert(automaton)
            }
        }
        self.states = states
        self.accept = accept
        self.starts = starts
        self.classes = classes
        self.homes = homes.map { $0.sorted() }
        notes = division.notes
    }
}

extension PathAutomaton.Condition {
    fileprivate var mayBeDivided: Bool { isDivisible && group == nil }
}
