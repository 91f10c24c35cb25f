// SPDX-License-Identifier: Apache-2.0

extension PathAutomaton {
    /// What a set of automata may grow to.
    public struct Limits: Hashable, Sendable {
        /// States of all automata together, the unused number 0 included (`SP_MAX_STATES`).
        public var states = 1 << 19
        /// Slots of the table of transitions (`SP_MAX_TRANSITIONS`).
        public var transitions = 1 << 20
        /// Different sets of satisfied conditions (`SP_MAX_CLASSES`).
        public var classes = 1 << 16
        /// Automata that patterns may be spread over (`SP_MAX_AUTOMATA`).
        public var automata = 4
        /// Patterns after their alternatives were written out.
        public var patterns = 1 << 16
        /// Positions: elements of all patterns together, shared prefixes counted once. Bounds memory (some 40 bytes
        /// each) before anything is determinised.
        public var positions = 1 << 21
        /// States of one automaton before it is minimised. Bounds time: an attempt is given up here.
        public var workingStates = 3 << 18
        /// Transitions of one automaton, fallbacks not counted, before it is minimised.
        public var workingTransitions = 1 << 21
        /// Positions visited while one automaton is determinised: about half a second's worth.
        public var workingSteps = 1 << 26

        public init() {}
    }
}

/// Why patterns couldn't be made into automata: a limit was reached even after spreading them.
public struct PathAutomatonError: Error, Hashable, Sendable {
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        case states, transitions, classes, patterns, positions
    }

    public var limit: Limit
    public var allowed: Int
    /// How many there were when it was given up, or in all.
    public var reached: Int

    public init(_ limit: Limit, allowed: Int, reached: Int) {
        self.limit = limit
        self.allowed = allowed
        self.reached = reached
    }
}
