// SPDX-License-Identifier: Apache-2.0

/// Merges the states of a graph that no continuation tells apart.
///
/// Partition refinement in the manner of Hopcroft: blocks start as the sets of satisfied conditions and are split until
/// all states of a block have the same row, read through the partition. When a block is split, its largest part keeps
/// the block's number, so a state changes its block at most log₂ n times, and only rows that lead to a state that
/// changed are looked at again. Rows are compared by a 64-bit sum that doesn't depend on what the row's default is; as
/// sums may collide, the result is proved row by row before it is used (`Minimisation+Quotient.swift`).
package struct Minimisation: ~Copyable {
    let graph: StateGraph
    private let sums: RowSums
    private let predecessors: Predecessors

    /// State → block.
    let block: FixedBuffer<UInt32>
    /// The states by block. In each block those that are to be looked at again, the dirty ones, come first.
    let members: FixedBuffer<UInt32>
    /// State → its index in `members`.
    private let places: FixedBuffer<UInt32>
    private let sum: FixedBuffer<UInt64>
    /// Block → its range of `members`.
    private(set) var starts: [Int] = []
    private(set) var ends: [Int] = []
    private var dirty: [Int] = []
    /// Blocks with dirty members.
    private var queue: [UInt32] = []

    /// The equivalent graph with the fewest states, numbered breadth first from the start.
    package static func minimise(_ graph: StateGraph) -> StateGraph {
        var seed: UInt64 = 1
        while true {
            var attempt = Minimisation(graph, seed: seed)
            while let number = attempt.queue.popLast() { attempt.split(Int(number)) }
            if attempt.isProved() { return attempt.quotient() }
            seed += 1  // two different rows had the same sum
        }
    }

    private init(_ graph: StateGraph, seed: UInt64) {
        self.graph = graph
        sums = RowSums(classCount: graph.classCount, seed: seed)
        predecessors = Predecessors(graph)
        block = FixedBuffer(repeating: 0, count: graph.count)
        members = FixedBuffer(repeating: 0, count: graph.count)
        places = FixedBuffer(repeating: 0, count: graph.count)
        sum = FixedBuffer(repeating: 0, count: graph.count)
        for accept in graph.accepts {
            while dirty.count <= Int(accept) { dirty.append(0) }
            dirty[Int(accept)] += 1
        }
        var start = 0
        for size in dirty {
            starts.append(start)
            ends.append(start)
            start += size
        }
        for (state, accept) in graph.accepts.enumerated() {
            let place = ends[Int(accept)]
            ends[Int(accept)] += 1
            block[state] = accept
            members[place] = UInt32(state)
            places[state] = UInt32(place)
        }
        queue = (0..<UInt32(dirty.count)).filter { dirty[Int($0)] > 0 }
    }

    private mutating func split(_ number: Int) {
        let start = starts[number]
        let end = ends[number]
        let cleanStart = start + dirty[number]
        dirty[number] = 0
        guard end - start > 1 else { return }
        for index in start..<cleanStart {
            let state = Int(members[index])
            sum[state] = sums.sum(of: state, in: graph, through: block)
        }
        // The rows that needn't be looked at again agree with each other: nothing that they lead to has changed its
        // block since they were found equal.
        let cleanSum = cleanStart < end ? sum[Int(members[cleanStart])] : nil
        let common = cleanSum ?? sum[Int(members[start])]
        var index = start
        while index < cleanStart, sum[Int(members[index])] == common { index += 1 }
        if index == cleanStart { return }

        // In order: each group of equal sums, the one that equals the clean rows last, beside them.
        let sums = sum.elements
        var changed = UnsafeMutableBufferPointer(rebasing: members.elements[start..<cleanStart])
        changed.sort {
            let (a, b) = (sums[Int($0)], sums[Int($1)])
            if a == b { return $0 < $1 }
            if a == cleanSum { return false }
            return b == cleanSum || a < b
        }
        var groups: [Range<Int>] = []
        var first = start
        for index in start..<cleanStart {
            places[Int(members[index])] = UInt32(index)
            if index + 1 == cleanStart || sum[Int(members[index])] != sum[Int(members[index + 1])] {
                groups.append(first..<index + 1)
                first = index + 1
            }
        }
        if let cleanSum {
            let last = groups[groups.count - 1].lowerBound
            if sum[Int(members[last])] == cleanSum {
                groups[groups.count - 1] = last..<end
            } else {
                groups.append(cleanStart..<end)
            }
        }
        separate(groups, of: number)
    }

    /// Makes each group but the largest a block of its own.
    private mutating func separate(_ groups: [Range<Int>], of number: Int) {
        var largest = 0
        for index in groups.indices where groups[index].count > groups[largest].count { largest = index }
        starts[number] = groups[largest].lowerBound
        ends[number] = groups[largest].upperBound
        for index in groups.indices where index != largest {
            let fresh = UInt32(starts.count)
            starts.append(groups[index].lowerBound)
            ends.append(groups[index].upperBound)
            dirty.append(0)
            for place in groups[index] { block[Int(members[place])] = fresh }
        }
        for index in groups.indices where index != largest {
            // Marking a member moves it ahead within its block, and with it one that is still to come; so the group's
            // states are taken from their block's list as it was.
            let group = Array(members.elements[groups[index]])
            for state in group {
                for predecessor in predecessors.range(of: Int(state)) { mark(predecessors.states[predecessor]) }
            }
        }
    }

    /// Notes that the row of `state` has to be looked at again.
    private mutating func mark(_ state: UInt32) {
        let number = Int(block[Int(state)])
        let place = Int(places[Int(state)])
        let boundary = starts[number] + dirty[number]
        guard place >= boundary, ends[number] - starts[number] > 1 else { return }
        if dirty[number] == 0 { queue.append(UInt32(number)) }
        let other = members[boundary]
        members[boundary] = state
        members[place] = other
        places[Int(state)] = UInt32(boundary)
        places[Int(other)] = UInt32(place)
        dirty[number] += 1
    }
}
