// SPDX-License-Identifier: Apache-2.0

/// A deterministic automaton before it is packed. A row is a default target and the classes that lead elsewhere.
package struct StateGraph {
    /// Byte classes: the length of a row written out.
    package var classCount: Int
    /// By state, local to this automaton: which conditions are satisfied.
    package var accepts: [UInt32] = []
    /// What an accept number stands for: conditions, ascending.
    package var acceptLists: [[UInt32]] = []
    package var defaults: [UInt32] = []
    /// The entries of state s are those with index `bounds[s] ..< bounds[s + 1]`, by ascending class.
    package var bounds: [Int] = [0]
    package var entryClasses: [UInt8] = []
    package var entryTargets: [UInt32] = []

    /// The first state is where a walk starts.
    static let start = 0

    package init(classCount: Int, acceptLists: [[UInt32]] = []) {
        self.classCount = classCount
        self.acceptLists = acceptLists
    }

    package var count: Int { defaults.count }

    package func entries(of state: Int) -> Range<Int> { bounds[state]..<bounds[state + 1] }

    /// Whether every byte leads back to `state`.
    func isSink(_ state: Int) -> Bool {
        // Entries differ from the default, so a sink has none, unless the default is never taken.
        let row = entries(of: state)
        if row.count < classCount, defaults[state] != UInt32(state) { return false }
        return row.allSatisfy { entryTargets[$0] == UInt32(state) }
    }
}
