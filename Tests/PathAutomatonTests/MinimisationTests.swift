// SPDX-License-Identifier: Apache-2.0

import PathAutomaton
import Testing

@Suite struct MinimisationTests {
    /// Merges states by comparing all pairs until nothing changes: slow and plain.
    private func countByTable(_ graph: StateGraph) -> Int {
        func row(_ state: Int) -> [Int] {
            var row = [Int](repeating: Int(graph.defaults[state]), count: graph.classCount)
            for entry in graph.entries(of: state) {
                row[Int(graph.entryClasses[entry])] = Int(graph.entryTargets[entry])
            }
            return row
        }
        var reached: Set<Int> = [0]
        var waiting = [0]
        while let state = waiting.popLast() {
            for target in row(state) where reached.insert(target).inserted { waiting.append(target) }
        }
        var block = graph.accepts.map(Int.init)
        while true {
            var numbers: [[Int]: Int] = [:]
            var next = block
            for state in reached.sorted() {
                let key = [block[state]] + row(state).map { block[$0] }
                numbers[key] = numbers[key] ?? numbers.count
                next[state] = numbers[key]!
            }
            let count = Set(reached.map { block[$0] }).count
            block = next
            if numbers.count == count { return count }
        }
    }

    private func randomGraph(_ random: inout some RandomNumberGenerator) -> StateGraph {
        let count = Int.random(in: 1...40, using: &random)
        let classCount = Int.random(in: 1...6, using: &random)
        var graph = StateGraph(classCount: classCount, acceptLists: [[], [0], [1]])
        for _ in 0..<count {
            graph.accepts.append(UInt32.random(in: 0...(Bool.random(using: &random) ? 0 : 2), using: &random))
            let targets = 0..<UInt32(min(count, 12))
            let other = UInt32.random(in: targets, using: &random)
            graph.defaults.append(other)
            for byteClass in 0..<classCount {
                let entry = UInt32.random(in: targets, using: &random)
                guard entry != other, Bool.random(using: &random) else { continue }
                graph.entryClasses.append(UInt8(byteClass))
                graph.entryTargets.append(entry)
            }
            graph.bounds.append(graph.entryTargets.count)
        }
        return graph
    }

    @Test func aMinimisedGraphHasAsFewStatesAsThePlainMethodFinds() {
        var random = Xorshift(state: 88_172_645_463_325_252)
        var smaller = 0
        for _ in 0..<3000 {
            let graph = randomGraph(&random)
            let minimal = Minimisation.minimise(graph)
            #expect(minimal.count == countByTable(graph))
            if minimal.count < graph.count { smaller += 1 }
        }
        #expect(smaller > 300)
    }
}

private struct Xorshift: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
