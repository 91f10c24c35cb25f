// SPDX-License-Identifier: Apache-2.0

import PathAutomaton

/// The sets of conditions that a resolved path can satisfy.
///
/// Not every string is a path: one begins with `/` and has no empty component, no `.` and no `..`. What only other
/// strings satisfy must not make a rule look reachable. The automaton is walked together with the few states of that
/// grammar, each pair once. (That paths are at most 4,095 bytes long is left aside.)
struct ResolvedClasses {
    /// Conditions, ascending, for each class.
    private(set) var classes: [[UInt32]] = []

    /// Where in a path one is, as a bit.
    private enum Progress {
        static let start: UInt8 = 1
        static let root: UInt8 = 2  // after the first slash
        static let slash: UInt8 = 4  // after a later one
        static let dot: UInt8 = 8  // after a component's first byte, a dot
        static let dots: UInt8 = 16  // after its second one as well
        static let name: UInt8 = 32
        static let complete = root | name
    }

    init(_ automaton: PathAutomaton) {
        var kinds = [(slash: Bool, dot: Bool, other: Bool)](repeating: (false, false, false), count: 256)
        for byte in UInt8(1)...255 {
            let byteClass = Int(automaton.byteClass[Int(byte)])
            switch byte {
            case UInt8(ascii: "/"): kinds[byteClass].slash = true
            case UInt8(ascii: "."): kinds[byteClass].dot = true
            default: kinds[byteClass].other = true
            }
        }
        var seen = [UInt8](repeating: 0, count: automaton.states.count)
        var isReached = [Bool](repeating: false, count: automaton.classes.count)
        var waiting: [(state: UInt32, progress: UInt8)] = []
        func reach(_ state: UInt32, _ progress: UInt8) {
            let fresh = progress & ~seen[Int(state)]
            guard fresh != 0 else { return }
            seen[Int(state)] |= fresh
            waiting.append((state, fresh))
            if fresh & Progress.complete != 0 { isReached[Int(automaton.accept[Int(state)])] = true }
        }
        for start in automaton.starts { reach(start, Progress.start) }
        while let (state, progress) = waiting.popLast() {
            let row = automaton.states[Int(state)]
            let isSink = row.base & PathAutomaton.State.sink != 0
            for byteClass in 0..<automaton.byteClassCount {
                var target = row.fallback
                if !isSink {
                    let entry = automaton.transitions[Int(row.base) + byteClass]
                    if entry.check == state { target = entry.target }
                }
                let kind = kinds[byteClass]
                if kind.slash { reach(target, Self.afterSlash(progress)) }
                if kind.dot { reach(target, Self.afterDot(progress)) }
                if kind.other, progress & ~Progress.start != 0 { reach(target, Progress.name) }
            }
        }
        classes = automaton.classes.indices.filter { isReached[$0] }.map { automaton.classes[$0].conditions }
    }

    private static func afterSlash(_ progress: UInt8) -> UInt8 {
        (progress & Progress.start != 0 ? Progress.root : 0) | (progress & Progress.name != 0 ? Progress.slash : 0)
    }

    private static func afterDot(_ progress: UInt8) -> UInt8 {
        (progress & (Progress.root | Progress.slash) != 0 ? Progress.dot : 0)
            | (progress & Progress.dot != 0 ? Progress.dots : 0)
            | (progress & (Progress.dots | Progress.name) != 0 ? Progress.name : 0)
    }
}
