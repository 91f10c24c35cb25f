// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import Testing

@Suite struct ProcessTreeTests {
    private let wide = Screen(style: Style(colored: false), width: nil)

    private func process(_ pid: Int32, parent: ProcessIdentity? = nil, start: UInt64? = nil) -> Process {
        var process = Process(
            identity: ProcessIdentity(pid: pid, startTime: start ?? UInt64(pid), execCount: 1))
        process.parent = parent
        process.exe = ObservedPath("/p\(pid)")
        return process
    }

    @Test func `Children hang below their parents`() {
        let first = process(1)
        let shell = process(10, parent: first.identity)
        let tree = ProcessTree([
            first, shell, process(11, parent: shell.identity), process(12, parent: shell.identity),
            process(13, parent: first.identity),
        ])
        #expect(
            tree.lines(on: wide) == [
                "1 /p1",
                "├─ 10 /p10",
                "│  ├─ 11 /p11",
                "│  └─ 12 /p12",
                "└─ 13 /p13",
            ])
    }

    @Test func `A parent that has executed since is still the parent`() {
        var parent = process(1)
        let child = process(2, parent: parent.identity)
        parent.identity.execCount = 5
        #expect(ProcessTree([parent, child]).lines(on: wide) == ["1 /p1", "└─ 2 /p2"])
    }

    @Test func `A reused pid adopts nobody`() {
        let gone = ProcessIdentity(pid: 1, startTime: 1, execCount: 1)
        let tree = ProcessTree([process(2, parent: gone), process(1, start: 50)])
        #expect(tree.lines(on: wide) == ["2 /p2", "1 /p1"])
    }

    @Test func `Processes that claim to be each other's parents are shown once each`() {
        let one = process(1, parent: ProcessIdentity(pid: 2, startTime: 5, execCount: 1), start: 5)
        let two = process(2, parent: ProcessIdentity(pid: 1, startTime: 5, execCount: 1), start: 5)
        let own = process(3, parent: ProcessIdentity(pid: 3, startTime: 3, execCount: 1))
        #expect(ProcessTree([one, two, own]).lines(on: wide) == ["1 /p1", "└─ 2 /p2", "3 /p3"])
    }

    @Test func `A chain of any depth is drawn within the screen and in time`() {
        var chain = [process(1)]
        for pid in 2...5000 { chain.append(process(Int32(pid), parent: chain.last!.identity)) }
        let lines = ProcessTree(chain).lines(on: Screen(style: Style(colored: false), width: 80))
        #expect(lines.count == 5000)
        #expect(lines.allSatisfy { $0.displayWidth <= 80 })
        #expect(lines.last?.hasSuffix("└─ 5000 /p5000") == true)
    }

    @Test func `The JSON holds every process once, below its parent`() throws {
        let root = process(1)
        let tree = ProcessTree([root, process(2, parent: root.identity), process(3)])
        let document = try JSONDocument(parsing: JSONValue.object(tree.json).text)
        let roots = try #require(document["processes"]?.array)
        #expect(roots.map { $0["pid"] } == [.number(1), .number(3)])
        #expect(roots[0]["children"]?.array?.map { $0["pid"] } == [.number(2)])
    }
}
