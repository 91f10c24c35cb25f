// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Path patterns as deterministic automata in the packed form that the kernel walks.
///
/// One walk over a path's bytes says which conditions (lists of patterns) the path satisfies, whatever their number:
/// the state it ends in has a *class*, and the class names the conditions. There is one automaton unless determinising
/// all patterns together would exceed ``Limits``; then they are spread over a few, which share the byte classes and one
/// numbering of states, and a path satisfies what any of its classes names.
///
/// The layout is that of `sp_policy_tables` in `Kernel/abi/include/sallyport_abi.h`.
public struct PathAutomaton: Sendable {
    /// A list of patterns: it is satisfied by a path that any of them matches.
    public struct Condition: Hashable, Sendable {
        public var patterns: [PathPattern]
        /// Whether the patterns may be spread over several automata. Then "no class names the condition" has to be asked
        /// of all of them; a condition that is used inverted must stay whole.
        public var isDivisible: Bool
        /// Conditions of the same group stay together in one automaton, undivided, so that one class says of all of them
        /// which are satisfied.
        public var group: Int?

        public init(patterns: [PathPattern], isDivisible: Bool = true, group: Int? = nil) {
            self.patterns = patterns
            self.isDivisible = isDivisible
            self.group = group
        }
    }

    /// A state. On byte b the next one is `transitions[base + byteClass[b]].target` if that slot's `check` is this
    /// state's number, else `fallback`.
    public struct State: Hashable, Sendable {
        /// Set in `base` when every byte leads back to the state: the walk may stop.
        public static let sink: UInt32 = 0x8000_0000
        public var base: UInt32
        public var fallback: UInt32
    }

    /// A slot of the table of transitions: it belongs to the state `check`, 0 is no state.
    public struct Transition: Hashable, Sendable {
        public var check: UInt32
        public var target: UInt32
    }

    /// What an accepting state says about a path.
    public struct Class: Hashable, Sendable {
        /// The automaton that the class belongs to.
        public var automaton: Int
        /// The satisfied conditions, ascending, by their place in the list that the automaton was made from.
        public var conditions: [UInt32]
    }

    /// Byte value → byte class.
    public let byteClass: [UInt8]
    public let byteClassCount: Int
    /// The start state of each automaton; at least one.
    public let starts: [UInt32]
    /// By number; number 0 is unused.
    public let states: [State]
    /// State → class.
    public let accept: [UInt32]
    /// `byteClassCount` slots follow the highest base, so that a step needs no bound of its own.
    public let transitions: [Transition]
    public let classes: [Class]
    /// For each condition the automata that hold patterns of it, ascending; empty when it has no patterns.
    public let homes: [[Int]]
    /// Patterns after their alternatives were written out.
    public let patternCount: Int
    /// Sentences for people, such as that the patterns were spread over several automata.
    public let notes: [String]

    /// Walks `path` the way the kernel does, step for step.
    ///
    /// - Returns: the path's class in each automaton.
    public func walk(_ path: [UInt8]) -> [UInt32] {
        starts.map { start in
            var state = start
            for byte in path {
                let row = states[Int(state)]
                if row.base & State.sink != 0 { break }
                let entry = transitions[Int(row.base) + Int(byteClass[Int(byte)])]
                state = entry.check == state ? entry.target : row.fallback
            }
            return accept[Int(state)]
        }
    }

    /// The conditions that `path` satisfies, ascending.
    public func conditions(satisfiedBy path: [UInt8]) -> [UInt32] {
        Set(walk(path).flatMap { classes[Int($0)].conditions }).sorted()
    }
}
