// SPDX-License-Identifier: Apache-2.0

/// Packs rows into one table by row displacement: each row is laid over the table where its entries meet free slots,
/// and every slot says which state it belongs to (Tarjan & Yao, 1979).
///
/// First fit, longest rows first. A row tries a bounded number of places from the first free slot on and goes to the
/// table's end when none fits, so the work is linear; the gaps are filled by the short rows that follow.
struct RowPacking {
    private(set) var transitions: [PathAutomaton.Transition] = []
    private(set) var bases: [UInt32]
    /// A bit for each slot in use.
    private var used: [UInt64] = []
    /// By the first class of a row: no lower slot is free for it.
    private var lowestFree: [Int]
    /// Below, rows of the present length found no place.
    private var crowdedUpTo = 0
    private let classCount: Int

    private static let attempts = 256

    /// - Parameter states: how many there are, the unused number 0 included.
    init(states: Int, classCount: Int) {
        bases = [UInt32](repeating: 0, count: states)
        self.classCount = classCount
        lowestFree = Array(0..<classCount)
    }

    /// Packs the rows of all `graphs`, whose states are numbered on from 1.
    ///
    /// - Throws: `.transitions` when the table would have more than `limit` slots.
    mutating func pack(_ graphs: [StateGraph], limit: Int) throws(PathAutomatonError) {
        var buckets = [[(graph: Int, state: Int, number: Int)]](repeating: [], count: classCount + 1)
        var number = 1
        for (index, graph) in graphs.enumerated() {
            for state in 0..<graph.count {
                if !graph.isSink(state) { buckets[graph.entries(of: state).count].append((index, state, number)) }
                number += 1
            }
        }
        var offset = 1
        var offsets: [Int] = []
        for graph in graphs {
            offsets.append(offset)
            offset += graph.count
        }
        for rows in buckets.dropFirst().reversed() {
            crowdedUpTo = 0
            for row in rows {
                let graph = graphs[row.graph]
                let entries = graph.entries(of: row.state)
                let base = place(graph.entryClasses[entries])
                guard base + classCount <= limit else {
                    let wanted = graphs.reduce(0) { $0 + $1.entryTargets.count }
                    throw PathAutomatonError(.transitions, allowed: limit, reached: max(wanted, base + classCount))
                }
                bases[row.number] = UInt32(base)
                for entry in entries {
                    let slot = base + Int(graph.entryClasses[entry])
                    transitions[slot] = PathAutomaton.Transition(
                        check: UInt32(row.number), target: graph.entryTargets[entry] + UInt32(offsets[row.graph]))
                    used[slot >> 6] |= 1 << UInt64(slot & 63)
                }
            }
        }
        extend(to: classCount)
    }

    /// A base at which slots for all of `classes`, which ascend, are free; the table reaches beyond it.
    private mutating func place(_ classes: ArraySlice<UInt8>) -> Int {
        let first = Int(classes[classes.startIndex])
        // Slots are only ever taken, so the lowest that is free for this first class never moves back.
        lowestFree[first] = nextFree(from: lowestFree[first])
        var slot = nextFree(from: max(lowestFree[first], crowdedUpTo))
        for _ in 0..<Self.attempts {
            let base = slot - first
            if classes.allSatisfy({ !isUsed(base + Int($0)) }) {
                extend(to: base + classCount)
                return base
            }
            slot = nextFree(from: slot + 1)
        }
        crowdedUpTo = slot
        let base = max(transitions.count - first, 0)
        extend(to: base + classCount)
        return base
    }

    private func nextFree(from slot: Int) -> Int {
        var word = slot >> 6
        guard word < used.count else { return slot }
        var free = ~used[word] & (~0 << UInt64(slot & 63))
        while free == 0 {
            word += 1
            guard word < used.count else { return word * 64 }
            free = ~used[word]
        }
        return word * 64 + free.trailingZeroBitCount
    }

    private func isUsed(_ slot: Int) -> Bool {
        let word = slot >> 6
        return word < used.count && used[word] & 1 << UInt64(slot & 63) != 0
    }

    private mutating func extend(to count: Int) {
        while transitions.count < count { transitions.append(PathAutomaton.Transition(check: 0, target: 0)) }
        while used.count * 64 < count { used.append(0) }
    }
}
