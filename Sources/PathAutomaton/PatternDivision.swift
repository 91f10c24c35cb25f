// SPDX-License-Identifier: Apache-2.0

/// Finds out into how many automata the patterns have to go, by trying.
struct PatternDivision {
    struct Part {
        var units: [PatternUnit]
        var graph: StateGraph
    }

    let patterns: EncodedPatterns
    let classes: ByteClasses
    private let limits: PathAutomaton.Limits
    private(set) var parts: [Part] = []
    private(set) var notes: [String] = []

    init(_ patterns: EncodedPatterns, limits: PathAutomaton.Limits) {
        self.patterns = patterns
        self.limits = limits
        classes = ByteClasses(literals: patterns.literals, sets: patterns.sets)
    }

    /// Divides `units` until each part can be determinised and all fit together.
    ///
    /// - Throws: the limit that stood in the way when there was nothing left to divide, or no automaton.
    mutating func divide(_ units: [PatternUnit]) throws(PathAutomatonError) {
        var waiting = [units]
        func divided(_ units: [PatternUnit], because error: PathAutomatonError) throws(PathAutomatonError) {
            guard parts.count + waiting.count + 2 <= limits.automata, let halves = Self.halves(of: units) else {
                throw error
            }
            waiting += [halves.0, halves.1]
        }
        while let next = waiting.popLast() {
            do throws(PathAutomatonError) {
                parts.append(Part(units: next, graph: try graph(of: next)))
            } catch {
                try divided(next, because: error)
                continue
            }
            // Each may fit, and all together not: then the largest that can be divided is.
            guard let excess else { continue }
            let candidates = parts.indices.filter { Self.halves(of: parts[$0].units) != nil }
            guard let largest = candidates.max(by: { size(parts[$0], excess) < size(parts[$1], excess) }) else {
                throw excess
            }
            try divided(parts.remove(at: largest).units, because: excess)
        }
        if parts.count > 1 {
            let sizes = parts.map { "\($0.graph.count)" }.joined(separator: ", ")
            notes.append(
                "the path patterns were spread over \(parts.count) automata (\(sizes) states), as one would have more"
                    + " than \(limits.states) states: every path is walked \(parts.count) times")
        }
    }

    private func graph(of units: [PatternUnit]) throws(PathAutomatonError) -> StateGraph {
        let trie = try PatternTrie(patterns, sequences: units.flatMap(\.sequences), limit: limits.positions)
        var construction = SubsetConstruction(trie, classes: classes, sets: patterns.sets, limits: limits)
        return Minimisation.minimise(try construction.run())
    }

    /// What the parts together have too much of.
    private var excess: PathAutomatonError? {
        let states = 1 + parts.reduce(0) { $0 + $1.graph.count }
        if states > limits.states { return PathAutomatonError(.states, allowed: limits.states, reached: states) }
        let transitions = parts.reduce(0) { $0 + $1.graph.entryTargets.count } + classes.count
        guard transitions > limits.transitions else { return nil }
        return PathAutomatonError(.transitions, allowed: limits.transitions, reached: transitions)
    }

    private func size(_ part: Part, _ excess: PathAutomatonError) -> Int {
        excess.limit == .states ? part.graph.count : part.graph.entryTargets.count
    }

    /// Two parts that multiply each other's states least: by rank where ranks differ, else by neighbourhood. Plain
    /// patterns don't multiply, so dividing them is of no use.
    private static func halves(of units: [PatternUnit]) -> ([PatternUnit], [PatternUnit])? {
        guard let highest = units.map(\.rank).max(), highest != .plain, units.count > 1 else { return nil }
        let upper = units.filter { $0.rank == highest }
        if upper.count < units.count { return (units.filter { $0.rank != highest }, upper) }
        return (Array(units[..<(units.count / 2)]), Array(units[(units.count / 2)...]))
    }
}
