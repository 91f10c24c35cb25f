// SPDX-License-Identifier: Apache-2.0

/// Sums that are equal for equal rows, however the rows are written down.
///
/// The sum of a row is Σ w(c) · h(block of the target on c) over the byte classes c, modulo 2⁶⁴. It is linear in the
/// weights, so a default target counts once with the weights of all the classes it stands for.
struct RowSums {
    private let weights: [UInt64]
    private let total: UInt64
    private let seed: UInt64

    init(classCount: Int, seed: UInt64) {
        self.seed = seed
        weights = (0..<classCount).map { Self.mix(UInt64($0) &+ seed &<< 32) | 1 }
        total = weights.reduce(0, &+)
    }

    func sum(of state: Int, in graph: StateGraph, through block: borrowing FixedBuffer<UInt32>) -> UInt64 {
        var rest = total
        var sum: UInt64 = 0
        for entry in graph.entries(of: state) {
            let weight = weights[Int(graph.entryClasses[entry])]
            sum &+= weight &* hash(block[Int(graph.entryTargets[entry])])
            rest &-= weight
        }
        return sum &+ rest &* hash(block[Int(graph.defaults[state])])
    }

    private func hash(_ block: UInt32) -> UInt64 { Self.mix(UInt64(block) ^ seed &<< 40) }

    /// The finaliser of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// For each state the states that lead to it, repeated if they do so in several ways.
struct Predecessors {
    private(set) var states: [UInt32]
    private var bounds: [UInt32]

    init(_ graph: StateGraph) {
        bounds = [UInt32](repeating: 0, count: graph.count + 1)
        for target in graph.defaults { bounds[Int(target) + 1] += 1 }
        for target in graph.entryTargets { bounds[Int(target) + 1] += 1 }
        for index in 1..<bounds.count { bounds[index] += bounds[index - 1] }
        states = [UInt32](repeating: 0, count: graph.count + graph.entryTargets.count)
        var next = bounds
        for state in 0..<graph.count {
            func add(_ target: UInt32) {
                states[Int(next[Int(target)])] = UInt32(state)
                next[Int(target)] += 1
            }
            add(graph.defaults[state])
            for entry in graph.entries(of: state) { add(graph.entryTargets[entry]) }
        }
    }

    func range(of state: Int) -> Range<Int> { Int(bounds[state])..<Int(bounds[state + 1]) }
}
