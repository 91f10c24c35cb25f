// SPDX-License-Identifier: Apache-2.0

/// Deadlines, the earliest first: a binary heap, in which those that don't matter any more lie until they are half of it.
///
/// Most questions are answered long before their deadline. Were their entries left until then, a busy machine would keep
/// a minute's worth of them; thrown out when they are the greater part, they cost O(1) each.
struct DeadlineQueue: Sendable {
    struct Entry: Hashable, Sendable, Comparable {
        var time: UInt64
        var question: UInt64

        static func < (first: Entry, second: Entry) -> Bool {
            (first.time, first.question) < (second.time, second.question)
        }
    }

    /// Below so many entries nothing is thrown out.
    static let smallest = 64

    private var heap: [Entry] = []

    var count: Int { heap.count }
    var first: Entry? { heap.first }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func removeFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        return first
    }

    /// Throws out what `matters` refuses, if at most half of the entries can matter.
    mutating func prune(live: Int, matters: (Entry) -> Bool) {
        guard heap.count > Self.smallest, heap.count / 2 > live else { return }
        heap.removeAll { !matters($0) }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[smallest] {
                smallest = child
            }
            guard smallest != index else { return }
            heap.swapAt(index, smallest)
            index = smallest
        }
    }
}
