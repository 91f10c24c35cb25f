// SPDX-License-Identifier: Apache-2.0

extension Minimisation {
    /// Whether every state has the same row as the first of its block, read through the partition, and satisfies the
    /// same conditions: that makes the partition a congruence, however it was found.
    borrowing func isProved() -> Bool {
        var row = [UInt32](repeating: 0, count: graph.classCount)
        for number in starts.indices where ends[number] - starts[number] > 1 {
            let first = Int(members[starts[number]])
            write(first, to: &row)
            for index in starts[number] + 1..<ends[number] {
                let state = Int(members[index])
                if graph.accepts[state] != graph.accepts[first] || !agrees(state, with: row) { return false }
            }
        }
        return true
    }

    /// One state for each block that is reached.
    borrowing func quotient() -> StateGraph {
        var numbers = [UInt32](repeating: .max, count: starts.count)
        var order: [UInt32] = []
        var result = StateGraph(classCount: graph.classCount, acceptLists: graph.acceptLists)
        func number(of block: UInt32) -> UInt32 {
            if numbers[Int(block)] == .max {
                numbers[Int(block)] = UInt32(order.count)
                order.append(members[starts[Int(block)]])
            }
            return numbers[Int(block)]
        }
        _ = number(of: block[StateGraph.start])
        var row = [UInt32](repeating: 0, count: graph.classCount)
        var next = 0
        while next < order.count {
            let state = Int(order[next])
            next += 1
            let entries = graph.entries(of: state)
            var common = block[Int(graph.defaults[state])]
            if entries.count * 2 >= graph.classCount {
                // Else the default is the target of more than half the classes.
                write(state, to: &row)
                common = Self.mostFrequent(row.sorted())
            }
            result.accepts.append(graph.accepts[state])
            result.defaults.append(number(of: common))
            func append(_ byteClass: UInt8, _ target: UInt32) {
                guard target != common else { return }
                result.entryClasses.append(byteClass)
                result.entryTargets.append(number(of: target))
            }
            if entries.count * 2 >= graph.classCount {
                for (byteClass, target) in row.enumerated() { append(UInt8(byteClass), target) }
            } else {
                for entry in entries { append(graph.entryClasses[entry], block[Int(graph.entryTargets[entry])]) }
            }
            result.bounds.append(result.entryTargets.count)
        }
        return result
    }

    /// The lowest of the most frequent values.
    private static func mostFrequent(_ sorted: [UInt32]) -> UInt32 {
        var best = (value: sorted[0], count: 0)
        var start = 0
        for index in sorted.indices where index + 1 == sorted.count || sorted[index + 1] != sorted[index] {
            if index + 1 - start > best.count { best = (sorted[index], index + 1 - start) }
            start = index + 1
        }
        return best.value
    }

    private borrowing func write(_ state: Int, to row: inout [UInt32]) {
        let target = block[Int(graph.defaults[state])]
        for index in row.indices { row[index] = target }
        for entry in graph.entries(of: state) {
            row[Int(graph.entryClasses[entry])] = block[Int(graph.entryTargets[entry])]
        }
    }

    private borrowing func agrees(_ state: Int, with row: [UInt32]) -> Bool {
        var next = graph.bounds[state]
        let end = graph.bounds[state + 1]
        let other = block[Int(graph.defaults[state])]
        for index in row.indices {
            var target = other
            if next < end, Int(graph.entryClasses[next]) == index {
                target = block[Int(graph.entryTargets[next])]
                next += 1
            }
            if row[index] != target { return false }
        }
        return true
    }
}
