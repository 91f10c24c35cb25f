// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Processes below the ones that created them.
///
/// A process whose parent isn't in the list (it ended, or isn't known) is a root. Parents are found by identity, not by
/// pid: a reused pid adopts nobody.
package struct ProcessTree {
    private let processes: [Process]
    private let children: [Int: [Int]]
    private let roots: [Int]

    package init(_ processes: [Process]) {
        self.processes = processes
        // The executions since are counted in the parent's own entry, so they don't belong to the key.
        struct Key: Hashable {
            var pid: Int32
            var startTime: UInt64
            init(_ identity: ProcessIdentity) {
                pid = identity.pid
                startTime = identity.startTime
            }
        }
        let places = Dictionary(
            processes.enumerated().map { (Key($1.identity), $0) }, uniquingKeysWith: { first, _ in first })
        var children: [Int: [Int]] = [:]
        var roots: [Int] = []
        for (index, process) in processes.enumerated() {
            // Only an earlier start can be a parent's, which also keeps cycles out.
            if let parent = process.parent.flatMap({ places[Key($0)] }), parent != index,
                processes[parent].identity.startTime <= process.identity.startTime,
                processes[parent].identity.startTime < process.identity.startTime || parent < index
            {
                children[parent, default: []].append(index)
            } else {
                roots.append(index)
            }
        }
        self.children = children
        self.roots = roots
    }

    /// The tree drawn with lines, none wider than the screen.
    package func lines(on screen: Screen) -> [String] {
        var lines: [String] = []
        // A stack instead of recursion: depth is the attacker's to choose.
        var pending: [(index: Int, head: String, tail: String)] = roots.reversed().map { ($0, "", "") }
        while let (index, head, tail) = pending.popLast() {
            let process = processes[index]
            let room = screen.width ?? .max
            let pid = String(process.identity.pid)
            // Deep branches are cut on their left, so that the process itself is still seen.
            let shownHead =
                head.count + pid.count + 9 <= room ? head : "…" + head.suffix(max(0, room - pid.count - 10))
            let command = CommandLineText(process).fitted(to: max(1, room - shownHead.count - pid.count - 1))
            lines.append(screen.style.dim(shownHead) + screen.style.bold(pid) + " " + command)
            let below = children[index] ?? []
            for (place, child) in below.enumerated().reversed() {
                let last = place == below.count - 1
                pending.append((child, tail + (last ? "└─ " : "├─ "), tail + (last ? "   " : "│  ")))
            }
        }
        return lines
    }

    /// The roots as JSON, each process with its `children`.
    package var json: JSONObject {
        // From the leaves up: an order in which every child precedes its parent.
        var order: [Int] = []
        var pending = roots
        while let index = pending.popLast() {
            order.append(index)
            pending += children[index] ?? []
        }
        var made: [Int: JSONValue] = [:]
        for index in order.reversed() {
            var object = processes[index].json
            object["children"] = .array((children[index] ?? []).compactMap { made.removeValue(forKey: $0) })
            made[index] = .object(object)
        }
        return ["processes": .array(roots.compactMap { made[$0] })]
    }
}
