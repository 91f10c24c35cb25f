// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import Testing

/// What people see, at the widths of a phone, a terminal and a wall.
@Suite struct RenderingTests {
    static let widths = [40, 80, 200]

    private func screen(_ width: Int?, colored: Bool = false) -> Screen {
        Screen(style: Style(colored: colored), width: width)
    }

    private func expectFits(_ lines: [String], _ width: Int) {
        for line in lines.flatMap({ $0.split(separator: "\n") }).map(String.init) {
            #expect(line.displayWidth <= width, "\(line)")
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "\(line)")
        }
    }

    @Test(arguments: widths) func `Every event fits on one line of the screen`(width: Int) {
        let line = EventLine(screen: screen(width))
        for element in Samples.elements {
            let text = line.line(for: element)
            expectFits([text], width)
            if case .event = element { #expect(!text.contains("\n")) }
        }
        expectFits([line.title], width)
    }

    @Test(arguments: widths) func `Every operation's event fits, whatever its details are`(width: Int) {
        let line = EventLine(screen: screen(width))
        for event in Operation.allCases.flatMap(Samples.events) {
            let text = line.line(for: .event(event))
            expectFits([text], width)
            #expect(!text.contains("\n"))
            #expect(text.contains(line.name(event.operation)))
        }
    }

    @Test(arguments: widths) func `No two operations have the same name on any screen`(width: Int) {
        let line = EventLine(screen: screen(width))
        let names = Operation.allCases.map(line.name)
        #expect(Set(names).count == Operation.allCases.count, "\(names)")
    }

    @Test func `What tells is written out, and what doesn't gives way`() {
        let medium = EventLine(screen: screen(80))
        #expect(medium.name(.processExec) == "exec")
        #expect(medium.name(.fileOpen) == "file.open")
        #expect(medium.name(.processOpen) == "process.open")
        #expect(medium.name(.memoryMakeExecutable) == "make_execut…")
        let wide = EventLine(screen: screen(nil))
        for operation in Operation.allCases { #expect(wide.name(operation) == operation.rawValue) }
    }

    @Test func `A line says what was wanted of whom, and by which way`() {
        let exe = "/usr/lib/x86_64-linux-gnu/some/deep/directory/program"
        let lines = [
            (Samples.openedProcess, "process.open", " → attach,read_memory of 4711 /usr/sbin/sshd by ptrace"),
            (Samples.signalledProcess, "process.signal", " → KILL to 4711 /usr/sbin/sshd"),
            (Samples.renamedFile, "file.rename", " → /a → /b"),
            (Samples.writtenSysctl, "kernel.access", " → sysctl /proc/sys/kernel/core_pattern"),
            (Samples.executableHeap, "memory.make_executable", " → was_writable,heap"),
            (Samples.changedCredentials, "process.credentials", " → user uid 0 → 1000, +CAP_SYS_ADMIN"),
            (
                Samples.changedAttribute, "file.set_attributes",
                " → extended_attribute /bin/ping (security.capability)"
            ),
            (Samples.loadedProgram, "image.load_bpf", " → trace\\x1b[2J"),
            (
                Samples.event(
                    .processCreate, verdict: .allow,
                    object: .process(ProcessIdentity(pid: 9, startTime: 1, execCount: 1))), "process.create",
                " → pid 9"
            ),
            (Samples.event(.threadCreate, verdict: .allow, object: .none), "thread.create", ""),
        ]
        for (event, name, object) in lines {
            let text = EventLine(screen: screen(nil)).line(for: .event(event))
            #expect(text.contains(" \(name) "))
            #expect(text.hasSuffix(" 4711 \(exe)\(object)"), "\(text)")
        }
    }

    @Test func `Many capabilities are counted, few are named`() {
        var event = Samples.changedCredentials
        event.details.credentials?.effectiveCapabilities = (1 << 41) - 1
        event.subject.credentials.effectiveCapabilities = 1 << 63
        let text = EventLine(screen: screen(nil)).line(for: .event(event))
        #expect(text.hasSuffix("user uid 0 → 1000, +41 capabilities, -capability 63"))
    }

    @Test(arguments: widths) func `Reports fit the screen`(width: Int) throws {
        let screen = screen(width)
        expectFits(StatusReport.lines(Samples.status, on: screen), width)
        expectFits(CoverageReport.lines(Samples.coverage, on: screen), width)
        expectFits(PolicyReport.lines([try Samples.installedPolicy()], on: screen), width)
        let receipt = PolicyReceipt(
            generation: 9, policies: 1, rules: 2, patterns: 3, states: 4,
            notes: ["the automaton was split in two because it would have had more states than are allowed"])
        expectFits(PolicyReport.lines(receipt, on: screen), width)
        expectFits(ProcessReport.lines(family, on: screen), width)
        expectFits(ProcessTree(family).lines(on: screen), width)
    }

    private var family: [Process] {
        let hostile = ObservedPath(bytes: Samples.hostile)
        let root = Samples.process(1, exe: ObservedPath("/usr/lib/systemd/systemd"))
        let child = Samples.process(20, exe: hostile, parent: root.identity)
        let grandchild = Samples.process(300, exe: ObservedPath("/日本語/プログラム"), parent: child.identity)
        let sibling = Samples.process(4000, exe: ObservedPath(""), parent: root.identity)
        return [root, child, grandchild, sibling]
    }

    @Test func `Columns line up`() {
        let lines = ProcessReport.lines(family, on: screen(80))
        #expect(lines[0] == " pid  parent  uid  command")
        #expect(lines[1] == "   1       -    0  /usr/lib/systemd/systemd --flag 'two words' '\\x1b]0;title\\x0…")
        #expect(lines[4].hasPrefix("4000       1    0  (command\\x1b) --flag"))
    }

    @Test func `A wide screen shows everything about a denial`() {
        let text = EventLine(screen: screen(200)).line(for: .event(Samples.event()))
        #expect(
            text.hasSuffix(
                " DENY  process.exec              4711 /usr/lib/x86_64-linux-gnu/some/deep/directory/program"
                    + " → /home/user/Downloads/installer.run  no-code-from-tmp/world-writable"))
    }

    @Test func `What isn't a terminal is never cut`() {
        let long = ObservedPath("/" + String(repeating: "a", count: 4000))
        let text = EventLine(screen: screen(nil)).line(for: .event(Samples.event(exe: long)))
        #expect(text.contains(long.text))
    }

    @Test func `On a narrow screen the verdict and the end of the object stay`() {
        let text = EventLine(screen: screen(40)).line(for: .event(Samples.event()))
        #expect(text.contains(" DENY  exec"))
        #expect(text.hasSuffix(".run"))
    }

    @Test func `A gap says how much is missing, where and why`() {
        let text = EventLine(screen: screen(nil)).line(for: .gap(Samples.gap))
        #expect(text.hasPrefix("*** GAP: 5 events lost, 4 of them denied"))
        #expect(text.contains("this reader was too slow"))
        #expect(text.contains("5 to 9"))
        #expect(text.contains("2 process.exec, 3 image.load"))
    }

    @Test func `Colours don't change what is written, and denials stand out`() {
        for element in Samples.elements {
            let plain = EventLine(screen: screen(80)).line(for: element)
            let colored = EventLine(screen: screen(80, colored: true)).line(for: element)
            #expect(uncolored(colored) == plain)
        }
        let denial = EventLine(screen: screen(80, colored: true)).line(for: .event(Samples.event()))
        #expect(denial.contains("\u{1B}[1;31mDENY"))
    }

    private func uncolored(_ text: String) -> String {
        text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated()
            .map { $0 == 0 ? String($1) : String($1.drop { $0 != "m" }.dropFirst()) }.joined()
    }

    @Test func `The coverage says why, in whole words`() {
        let text = CoverageReport.lines(Samples.coverage, on: screen(40)).joined(separator: " ")
        // One reason of all operations is said once.
        #expect(text.split(separator: "without").count == 2)
        for word in ["without", "refused", "inside", "lsm=lockdown,yama,bpf"] { #expect(text.contains(word)) }
    }
}
