// SPDX-License-Identifier: Apache-2.0

/// Collects the positions that a byte leads to and reduces them to those that matter.
///
/// A position is left out when others of the set satisfy all its conditions whatever follows: after `/tmp/**` has been
/// reached, other patterns of that condition make no difference. That is what keeps lists of overlapping patterns, and
/// lists with patterns in common, from multiplying their states.
struct PositionSet {
    private let trie: PatternTrie
    /// Positions that lead on or accept; others needn't be kept once what they lead into has been entered.
    private let isEssential: [Bool]
    private var stamps: [UInt32]
    private var stamp: UInt32 = 1
    private(set) var members: [UInt32] = []
    private var hasUniversal = false
    /// By condition, the first position of the set that satisfies it whatever follows, or whatever follows within the
    /// component.
    private var universal: [UInt32: PatternTrie.Node] = [:]
    private var universalWithin: [UInt32: PatternTrie.Node] = [:]

    init(_ trie: PatternTrie) {
        self.trie = trie
        stamps = [UInt32](repeating: 0, count: trie.count)
        isEssential = (0..<trie.count).map { node in
            if trie.accepts[node] != 0 { return true }
            let label = trie.labels[node]
            if label == .run || label == .deepRun || label == .components { return true }
            var child = trie.firstChild[node]
            while child != PatternTrie.none {
                if !trie.labels[Int(child)].isFree { return true }
                child = trie.nextSibling[Int(child)]
            }
            return false
        }
    }

    /// Reaches `node`, and with it what can be entered from there without a byte.
    mutating func enter(_ node: PatternTrie.Node) {
        guard stamps[Int(node)] != stamp else { return }
        stay(at: node)
        var child = trie.firstChild[Int(node)]
        // Free branches come first.
        while child != PatternTrie.none, trie.labels[Int(child)].isFree {
            enter(child)
            child = trie.nextSibling[Int(child)]
        }
    }

    /// The run `node` goes on. It has no free branch but the boundary of components, which only a `/` reaches.
    mutating func stay(at node: PatternTrie.Node) {
        guard stamps[Int(node)] != stamp else { return }
        stamps[Int(node)] = stamp
        guard isEssential[Int(node)] else { return }
        members.append(node)
        if trie.accepts[Int(node)] != 0, trie.labels[Int(node)] == .run || trie.labels[Int(node)] == .deepRun {
            hasUniversal = true
        }
    }

    /// The deep run `node` takes a `/`.
    mutating func cross(_ node: PatternTrie.Node) {
        stay(at: node)
        if trie.labels[Int(node)] == .components { enter(trie.firstChild[Int(node)]) }
    }

    /// Brings the set into its one form: ascending and reduced.
    mutating func settle() {
        guard members.count > 1 else { return }
        members.sort()
        if hasUniversal { reduce() }
    }

    mutating func clear() {
        members.removeAll(keepingCapacity: true)
        hasUniversal = false
        stamp += 1
    }

    /// The conditions that a path ending at any of the positions satisfies, ascending.
    var conditions: [UInt32] {
        var result: [UInt32] = []
        for node in members where trie.accepts[Int(node)] != 0 {
            let list = trie.acceptLists[Int(trie.accepts[Int(node)])]
            result = result.isEmpty ? list : Set(result).union(list).sorted()
        }
        return result
    }

    private mutating func reduce() {
        universal.removeAll(keepingCapacity: true)
        universalWithin.removeAll(keepingCapacity: true)
        for node in members where trie.accepts[Int(node)] != 0 {
            let label = trie.labels[Int(node)]
            guard label == .run || label == .deepRun else { continue }
            for condition in trie.acceptLists[Int(trie.accepts[Int(node)])] {
                if label == .deepRun, universal[condition] == nil { universal[condition] = node }
                if universalWithin[condition] == nil { universalWithin[condition] = node }
            }
        }
        members.removeAll { node in
            let owner = trie.owner[Int(node)]
            guard owner != PatternTrie.shared else { return false }
            let crosses = trie.crossesComponents[Int(node)]
            return trie.ownerLists[Int(owner)].allSatisfy { condition in
                // The first that satisfies a condition whatever follows stays, so nothing is left out for its own sake.
                if let other = universal[condition], other != node { return true }
                guard !crosses, let other = universalWithin[condition] else { return false }
                return other != node
            }
        }
    }
}
