// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// For all that lists of patterns can tell apart, a shortest resolved path.
///
/// The automaton of the lists is walked breadth first, together with the grammar of resolved paths (`PolicyLanguage`'s
/// `ResolvedClasses` says why): each of its classes that such a path can have is one way to be in some of the lists and
/// not in the others. Bytes that people can read are tried before others.
struct PathSamples {
    struct Sample {
        var path: [UInt8]
        /// The lists that the path is in, ascending.
        var lists: [UInt32]
    }

    /// Shortest paths first; at least one.
    private(set) var samples: [Sample] = []
    /// Whether that is all. Else the patterns can't be in one automaton, and what only several of them together tell
    /// apart may be missing.
    private(set) var isComplete = true

    /// - Throws: the limit that the patterns exceed even if they are spread over several automata.
    init(_ lists: [[PathPattern]]) throws(PathAutomatonError) {
        var limits = PathAutomaton.Limits()
        limits.automata = 1
        let automaton: PathAutomaton
        if let one = try? PathAutomaton(
            lists.map { PathAutomaton.Condition(patterns: $0, isDivisible: false) }, limits: limits)
        {
            automaton = one
        } else {
            automaton = try PathAutomaton(lists.map { PathAutomaton.Condition(patterns: $0) })
            isComplete = automaton.starts.count == 1
        }
        var known: Set<[UInt32]> = []
        for start in automaton.starts {
            var search = PathSearch(automaton)
            for path in search.paths(from: start) {
                let lists = automaton.conditions(satisfiedBy: path)
                if known.insert(lists).inserted { samples.append(Sample(path: path, lists: lists)) }
            }
        }
        // `/` alone is a path too, but a poor example.
        let root = Array("/".utf8)
        let lists = automaton.conditions(satisfiedBy: root)
        if known.insert(lists).inserted { samples.append(Sample(path: root, lists: lists)) }
    }
}

/// A breadth-first walk over pairs of a state and a place in the grammar of paths.
private struct PathSearch {
    /// Where in a path one is.
    private enum Place: Int, CaseIterable {
        case start
        /// After a slash.
        case slash
        /// After a component's first byte, a dot; after its second one as well.
        case dot, dots
        case name

        func next(_ byte: UInt8) -> Place? {
            switch (self, byte) {
            case (.start, UInt8(ascii: "/")), (.name, UInt8(ascii: "/")): .slash
            case (.start, _), (_, UInt8(ascii: "/")): nil
            case (.slash, UInt8(ascii: ".")): .dot
            case (.dot, UInt8(ascii: ".")): .dots
            default: .name
            }
        }
    }

    private let automaton: PathAutomaton
    /// One byte for each kind that the automaton or the grammar tells apart, what people can read first.
    private let bytes: [UInt8]
    /// By node: where the walk came from, and by which byte. -1 is nowhere yet.
    private var parents: [Int32]
    private var via: [UInt8]

    init(_ automaton: PathAutomaton) {
        self.automaton = automaton
        var chosen: Set<[UInt8]> = []
        bytes = Self.readable.filter { byte in
            let kind: UInt8 = byte == UInt8(ascii: "/") ? 1 : byte == UInt8(ascii: ".") ? 2 : 0
            return chosen.insert([kind, automaton.byteClass[Int(byte)]]).inserted
        }
        let nodes = automaton.states.count * Place.allCases.count
        parents = [Int32](repeating: -1, count: nodes)
        via = [UInt8](repeating: 0, count: nodes)
    }

    /// Every byte but zero: letters, digits, what else is printed, the rest.
    private static let readable: [UInt8] = {
        let letters = Array(UInt8(ascii: "a")...UInt8(ascii: "z"))
        let digits = Array(UInt8(ascii: "0")...UInt8(ascii: "9"))
        let capitals = Array(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        let printable = Array(UInt8(0x21)...0x7E)
        var seen: Set<UInt8> = []
        return (letters + digits + capitals + printable + Array(UInt8(1)...255)).filter { seen.insert($0).inserted }
    }()

    /// A shortest path, longer than `/`, for each class that one can have.
    mutating func paths(from start: UInt32) -> [[UInt8]] {
        let places = Place.allCases.count
        let first = Int(start) * places + Place.start.rawValue
        parents[first] = Int32(first)
        var queue = [first]
        var reached: Set<UInt32> = []
        var paths: [[UInt8]] = []
        var position = 0
        while position < queue.count {
            let node = queue[position]
            position += 1
            let (state, place) = (UInt32(node / places), Place(rawValue: node % places)!)
            for byte in bytes {
                guard let next = place.next(byte) else { continue }
                let target = step(state, byte)
                let node2 = Int(target) * places + next.rawValue
                guard parents[node2] < 0 else { continue }
                parents[node2] = Int32(node)
                via[node2] = byte
                queue.append(node2)
                if next == .name, reached.insert(automaton.accept[Int(target)]).inserted {
                    let path = path(to: node2)
                    if path.count <= PathPattern.maximumLength { paths.append(path) }
                }
            }
        }
        return paths
    }

    private func step(_ state: UInt32, _ byte: UInt8) -> UInt32 {
        let row = automaton.states[Int(state)]
        if row.base & PathAutomaton.State.sink != 0 { return state }
        let entry = automaton.transitions[Int(row.base) + Int(automaton.byteClass[Int(byte)])]
        return entry.check == state ? entry.target : row.fallback
    }

    private func path(to node: Int) -> [UInt8] {
        var path: [UInt8] = []
        var node = node
        while Int(parents[node]) != node {
            path.append(via[node])
            node = Int(parents[node])
        }
        return path.reversed()
    }
}
