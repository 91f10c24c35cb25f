// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Makes a trie of patterns deterministic: a state is the set of positions that a path's beginning can be at.
///
/// The cost follows what the positions of a set lead to, not the number of byte classes: bytes that no position of a set
/// names go the default way together.
struct SubsetConstruction {
    private let trie: PatternTrie
    private let classes: ByteClasses
    private let classesOfSet: [[UInt8]]
    private let limits: PathAutomaton.Limits

    private var sets = StateSets()
    private var accepts = StateSets()
    private var graph: StateGraph
    private var positions: PositionSet

    /// Children to be entered on a class, as linked lists: `heads` by class, then `links`.
    private var heads: [Int32]
    private var links: [(node: PatternTrie.Node, next: Int32)] = []
    private var touched: [UInt8] = []
    private var steps = 0

    init(_ trie: PatternTrie, classes: ByteClasses, sets: [ByteSet], limits: PathAutomaton.Limits) {
        self.trie = trie
        self.classes = classes
        self.classesOfSet = sets.map(classes.classes(of:))
        self.limits = limits
        self.graph = StateGraph(classCount: classes.count)
        self.positions = PositionSet(trie)
        self.heads = [Int32](repeating: -1, count: classes.count)
    }

    /// - Throws: `.states` or `.transitions` when a working limit is reached.
    mutating func run() throws(PathAutomatonError) -> StateGraph {
        positions.enter(PatternTrie.root)
        _ = state()
        var number = 0
        while number < sets.count {
            try expand(number)
            number += 1
        }
        for list in 0..<accepts.count {
            graph.acceptLists.append(accepts.bounds(of: list).map { accepts.member(at: $0) })
        }
        return graph
    }

    /// The state of the positions collected, which are cleared.
    private mutating func state() -> UInt32 {
        positions.settle()
        steps += positions.members.count
        let (number, isNew) = sets.intern(positions.members)
        if isNew { graph.accepts.append(accepts.intern(positions.conditions).number) }
        positions.clear()
        return number
    }

    private mutating func expand(_ number: Int) throws(PathAutomatonError) {
        let slash = classes.table[Int(UInt8(ascii: "/"))]
        var staying: [PatternTrie.Node] = []  // runs, for bytes other than '/'
        var deep: [PatternTrie.Node] = []  // runs that take '/' as well
        var any: [PatternTrie.Node] = []  // children by `?`
        for index in sets.bounds(of: number) {
            let node = sets.member(at: index)
            let label = trie.labels[Int(node)]
            if label == .run || label == .deepRun || label == .components { staying.append(node) }
            if label == .deepRun || label == .components { deep.append(node) }
            var child = trie.firstChild[Int(node)]
            while child != PatternTrie.none {
                let code = trie.labels[Int(child)]
                if let byte = code.byte {
                    touch(classes.table[Int(byte)], child)
                } else if code == .anyByte {
                    any.append(child)
                } else if !code.isFree {
                    for byteClass in classesOfSet[code.set] { touch(byteClass, child) }
                }
                child = trie.nextSibling[Int(child)]
            }
        }
        for node in staying { positions.stay(at: node) }
        for node in any { positions.enter(node) }
        let other = state()
        if heads[Int(slash)] < 0 { touched.append(slash) }

        touched.sort()
        for byteClass in touched {
            if byteClass == slash {
                for node in deep { positions.cross(node) }
            } else {
                for node in staying { positions.stay(at: node) }
                for node in any { positions.enter(node) }
            }
            var link = heads[Int(byteClass)]
            while link >= 0 {
                positions.enter(links[Int(link)].node)
                link = links[Int(link)].next
            }
            heads[Int(byteClass)] = -1
            let target = state()
            guard target != other else { continue }
            graph.entryClasses.append(byteClass)
            graph.entryTargets.append(target)
        }
        touched.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
        graph.defaults.append(other)
        graph.bounds.append(graph.entryTargets.count)
        try checkLimits()
    }

    private mutating func touch(_ byteClass: UInt8, _ child: PatternTrie.Node) {
        if heads[Int(byteClass)] < 0 { touched.append(byteClass) }
        links.append((child, heads[Int(byteClass)]))
        heads[Int(byteClass)] = Int32(links.count - 1)
    }

    private func checkLimits() throws(PathAutomatonError) {
        guard sets.count <= limits.workingStates, steps <= limits.workingSteps else {
            throw PathAutomatonError(.states, allowed: limits.states, reached: sets.count)
        }
        guard graph.entryTargets.count <= limits.workingTransitions else {
            throw PathAutomatonError(.transitions, allowed: limits.transitions, reached: graph.entryTargets.count)
        }
    }
}
