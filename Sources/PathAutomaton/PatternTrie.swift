// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The patterns as one nondeterministic automaton: a trie, so that patterns with a common prefix share its positions.
///
/// A node is a position that has been reached by taking its label. A run (`*`, `**`, the `**` of `/**/`) is a node that
/// can be entered without a byte and stays while it takes bytes. The run of components has the node of its end, the
/// boundary, as its one child and right behind it in number: entered together with it, and at every `/` it takes.
struct PatternTrie {
    typealias Node = UInt32
    static let root: Node = 0
    static let none: Node = .max
    /// In `owner`: more conditions than are kept.
    static let shared: UInt32 = .max
    /// Conditions that are kept of a node.
    private static let maximumOwners = 8

    private(set) var labels: [ElementCode] = [.boundary]
    private(set) var firstChild: [Node] = [none]
    private(set) var nextSibling: [Node] = [none]
    /// The conditions that a pattern ending here satisfies: an index into `acceptLists`, 0 for none.
    private(set) var accepts: [UInt32] = [0]
    private(set) var acceptLists: [[UInt32]] = [[]]
    /// The conditions that can still be satisfied from here: an index into `ownerLists`, or `shared`.
    private(set) var owner: [UInt32] = []
    private(set) var ownerLists: [[UInt32]] = []
    /// Whether a `/` can still be taken on the way to an end.
    private(set) var crossesComponents: [Bool] = []

    private var parents: [Node] = [none]

    var count: Int { labels.count }

    /// - Throws: `.positions` when there would be more than `limit` nodes.
    init(_ patterns: EncodedPatterns, sequences: [Int], limit: Int) throws(PathAutomatonError) {
        // In sorted order, the longest prefix that is known already is one of the predecessor's.
        let order = sequences.sorted {
            let a = patterns.sequence($0)
            let b = patterns.sequence($1)
            if a.lexicographicallyPrecedes(b) { return true }
            if b.lexicographicallyPrecedes(a) { return false }
            return patterns.conditions[$0] < patterns.conditions[$1]
        }
        var path: [Node] = [Self.root]  // the predecessor's nodes by depth
        var lastChild: [Node] = [Self.none]
        var previous: ArraySlice<ElementCode> = []
        for number in order {
            let sequence = patterns.sequence(number)
            let common = zip(previous, sequence).prefix { $0 == $1 }.count
            path.removeSubrange((common + 1)...)
            for code in sequence.dropFirst(common) {
                var node = add(code, to: path[path.count - 1], &lastChild)
                if code == .components { node = add(.boundary, to: node, &lastChild) }
                path.append(node)
                guard count <= limit else { throw PathAutomatonError(.positions, allowed: limit, reached: count) }
            }
            accept(patterns.conditions[number], at: path[path.count - 1])
            previous = sequence
        }
        summarise()
        parents = []
    }

    private mutating func add(_ label: ElementCode, to parent: Node, _ lastChild: inout [Node]) -> Node {
        let node = Node(labels.count)
        labels.append(label)
        firstChild.append(Self.none)
        nextSibling.append(Self.none)
        accepts.append(0)
        parents.append(parent)
        let last = lastChild[Int(parent)]
        if last == Self.none { firstChild[Int(parent)] = node } else { nextSibling[Int(last)] = node }
        lastChild[Int(parent)] = node
        lastChild.append(Self.none)
        return node
    }

    /// Equal sequences come one after the other by condition, so a node's list grows at its end.
    private mutating func accept(_ condition: UInt32, at node: Node) {
        let list = Int(accepts[Int(node)])
        if list == 0 {
            accepts[Int(node)] = UInt32(acceptLists.count)
            acceptLists.append([condition])
        } else if acceptLists[list].last != condition {
            acceptLists[list].append(condition)
        }
    }

    /// Fills in what lies below each node; a child's number is higher than its parent's.
    private mutating func summarise() {
        let unknown = Self.shared - 1
        owner = [UInt32](repeating: unknown, count: count)
        crossesComponents = [Bool](repeating: false, count: count)
        var numbers: [[UInt32]: UInt32] = [:]
        func merge(_ conditions: [UInt32], into node: Int) {
            guard owner[node] != Self.shared else { return }
            let known = owner[node] == unknown ? [] : ownerLists[Int(owner[node])]
            let union = known.isEmpty ? conditions : Set(known).union(conditions).sorted()
            guard union.count <= Self.maximumOwners else {
                owner[node] = Self.shared
                return
            }
            owner[node] = numbers[union] ?? UInt32(ownerLists.count)
            if Int(owner[node]) == ownerLists.count {
                numbers[union] = owner[node]
                ownerLists.append(union)
            }
        }
        func merge(_ other: UInt32, into node: Int) {
            if owner[node] == unknown || other == Self.shared {
                owner[node] = other
            } else if owner[node] != other, owner[node] != Self.shared {
                merge(ownerLists[Int(other)], into: node)
            }
        }
        for node in labels.indices.reversed() {
            if accepts[node] != 0 { merge(acceptLists[Int(accepts[node])], into: node) }
            let label = labels[node]
            if label == .deepRun || label == .components { crossesComponents[node] = true }
            guard node > 0 else { break }
            let parent = Int(parents[node])
            merge(owner[node], into: parent)
            if crossesComponents[node] || label == .byte(UInt8(ascii: "/")) { crossesComponents[parent] = true }
        }
    }
}
