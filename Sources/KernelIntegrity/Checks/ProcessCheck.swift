// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem

/// `processes`: the kernel's list of tasks, its table of process numbers and `/proc` show the same processes and threads.
///
/// The scheduler needs none of the three, so a process can be taken out of any of them and runs on. The list and the threads'
/// lists are followed in memory; the table is read by an iterator of the kernel's, `/proc` as everybody does. What was born or
/// has ended between two of the readings differs in one look only. Fixture: `hide_process`.
public struct ProcessCheck: IntegrityCheck {
    public let name = "processes"
    public let covers =
        "Every process and thread: the list of tasks, the table of process numbers and /proc show the same."
    public let pace = CheckPace.fast

    public init() {}

    /// A view that a task is missing in.
    private enum View: String, CaseIterable {
        case list = "the list of tasks"
        case table = "the table of process numbers"
        case proc = "/proc"
    }

    private struct Task {
        var pid: Int32
        var process: Int32
        var name: String
    }

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let layout = Layout(kernel) else {
            result.gaps.append("the kernel's types don't tell how tasks are linked")
            return result
        }
        let numbered = try kernel.memory.numberedTasks()
        let listed = try layout.processes(kernel)
        guard listed.isComplete else {
            // It changed while it was followed: what wasn't reached isn't missing. A list that always breaks is told.
            result.observations.append(
                Observation(
                    .violation, subject: "the list of tasks", summary: "the kernel's list of tasks can't be followed",
                    advice: Observation.distrust))
            return result
        }
        let table = Dictionary(numbered.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
        let list = Dictionary(listed.elements.map { ($0.address, layout.task($0)) }, uniquingKeysWith: { $1 })
        try compareProcesses(layout, list, table, kernel, &result)
        let threads = try compareThreads(layout, list, table, kernel, &result)
        result.extent = "\(list.count) processes, \(threads) threads"
        return result
    }

    // MARK: Processes

    private func compareProcesses(
        _ layout: Layout, _ list: [UInt64: Task], _ table: [UInt64: NumberedTask], _ kernel: KernelView,
        _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        var missing: [UInt64: Set<View>] = [:]
        for address in list.keys where table[address] == nil { missing[address, default: []].insert(.table) }
        let leaders = table.values.filter { $0.pid == $0.process }
        for task in leaders where list[task.address] == nil { missing[task.address, default: []].insert(.list) }
        if let shown = Self.shownByProc() {
            let numbers = list.map { ($0.key, $0.value.pid) } + leaders.map { ($0.address, $0.pid) }
            // What came after the directory was read is asked for by its number.
            for (address, pid) in numbers where !shown.contains(pid) && !FileSystem.exists("/proc/\(pid)") {
                missing[address, default: []].insert(.proc)
            }
        } else {
            result.gaps.append("/proc here doesn't show all of the machine's processes: it isn't compared")
        }
        for (address, views) in missing {
            var found = list[address]
            if found == nil { found = try layout.task(at: address, kernel) }
            guard let task = found else { continue }
            let names = View.allCases.filter(views.contains).map(\.rawValue).joined(separator: " and ")
            result.observations.append(
                Observation(
                    // Not by its name, which it gives itself: with another one in each look it would never count.
                    .violation, subject: "process \(task.pid)",
                    summary: "process \(task.pid), \(task.name), is hidden: it isn't in \(names)",
                    advice: Observation.distrust, process: task.pid))
        }
    }

    /// The numbers that `/proc` lists; `nil` where it is that of a container.
    private static func shownByProc() -> Set<Int32>? {
        // The number of the initial namespace is fixed (include/linux/proc_ns.h: PROC_PID_INIT_INO).
        guard let space = ProcFS.link("/proc/self/ns/pid"),
            String(decoding: space, as: UTF8.self) == "pid:[4026531836]",
            let names = try? FileSystem.list("/proc")
        else { return nil }
        return Set(names.compactMap { Int32($0) })
    }

    // MARK: Threads

    /// The threads of processes that have several; how many threads there are in all.
    private func compareThreads(
        _ layout: Layout, _ list: [UInt64: Task], _ table: [UInt64: NumberedTask], _ kernel: KernelView,
        _ result: inout CheckResult
    ) throws(KernelMemoryError) -> Int {
        var threads = table.count
        let several = Dictionary(grouping: table.values.filter { $0.threads > 1 }, by: \.process)
        for (process, numbered) in several {
            guard let leader = numbered.first(where: { $0.pid == process }) else { continue }
            let walked = try layout.threads(of: leader.address, kernel)
            guard walked.isComplete else { continue }
            let linked = Dictionary(
                walked.elements.map { ($0.address, layout.task($0)) }, uniquingKeysWith: { first, _ in first })
            let name = list[leader.address]?.name ?? ""
            for thread in numbered where linked[thread.address] == nil {
                result.observations.append(
                    Self.hidden(thread.pid, of: process, name, from: "its process's list of threads"))
            }
            for (address, thread) in linked where table[address] == nil {
                threads += 1
                result.observations.append(
                    Self.hidden(thread.pid, of: process, name, from: View.table.rawValue))
            }
        }
        return threads
    }

    private static func hidden(_ thread: Int32, of process: Int32, _ name: String, from view: String) -> Observation {
        Observation(
            .violation, subject: "process \(process), thread \(thread)",
            summary: "thread \(thread) of process \(process), \(name), is hidden: it isn't in \(view)",
            advice: Observation.distrust, process: process)
    }

    // MARK: Layout

    /// How tasks are linked on this kernel.
    private struct Layout {
        /// `EXIT_DEAD`: taken off everything, and read while it was.
        static let dead: UInt64 = 16

        var head: UInt64
        var tasks: Int
        var signal: Int
        var threadNode: Int
        var threadHead: Int
        var fields: [(offset: Int, count: Int)]

        init?(_ kernel: KernelView) {
            guard let first = kernel.address(of: "init_task"), let tasks = kernel.offset(of: "task_struct.tasks"),
                let pid = kernel.offset(of: "task_struct.pid"), let process = kernel.offset(of: "task_struct.tgid"),
                let name = kernel.offset(of: "task_struct.comm"),
                let state = kernel.offset(of: "task_struct.exit_state"),
                let signal = kernel.offset(of: "task_struct.signal"),
                let threadNode = kernel.offset(of: "task_struct.thread_node"),
                let threadHead = kernel.offset(of: "signal_struct.thread_head")
            else { return nil }
            head = first + UInt64(tasks)
            self.tasks = tasks
            self.signal = signal
            self.threadNode = threadNode
            self.threadHead = threadHead
            fields = [(pid, 4), (process, 4), (name, 16), (state, 4)]
        }

        /// The processes on the list of tasks.
        func processes(_ kernel: KernelView) throws(KernelMemoryError) -> WalkedList {
            var walked = try kernel.memory.elements(ofListAt: head, link: tasks, fields: fields, limit: 1 << 22)
            walked.elements.removeAll { $0.number(3) == Self.dead }
            return walked
        }

        /// The threads on a process's list.
        func threads(of leader: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> WalkedList {
            guard let signal = try kernel.memory.word(leader + UInt64(signal)), signal != 0 else { return WalkedList() }
            var walked = try kernel.memory.elements(
                ofListAt: signal + UInt64(threadHead), link: threadNode, fields: fields, limit: 1 << 22)
            walked.elements.removeAll { $0.number(3) == Self.dead }
            return walked
        }

        func task(_ element: WalkedList.Element) -> Task {
            Task(
                pid: Int32(truncatingIfNeeded: element.number(0)),
                process: Int32(truncatingIfNeeded: element.number(1)),
                name: element.fields[2].textBeforeZero)
        }

        /// One that isn't on the list; `nil` where it has gone meanwhile.
        func task(at address: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> Task? {
            var read: [[UInt8]] = []
            for field in fields {
                guard let bytes = try kernel.memory.bytes(address + UInt64(field.offset), field.count) else {
                    return nil
                }
                read.append(bytes)
            }
            let element = WalkedList.Element(address: address, fields: read)
            return element.number(3) == Self.dead ? nil : task(element)
        }
    }
}
