// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem

/// Something legitimate that changes the kernel, done over and over until the time is up.
enum Act: String, CaseIterable {
    case functionTracer = "function-tracer"
    case probes
    case bpf
    case modules
    case processors
    case staticKeys = "static-keys"
    case events
    case livePatch = "live-patch"
    case processes

    /// Where an act leaves what came of it.
    private var record: String { "/tmp/integrity-lab-\(rawValue)" }

    var outcome: String { (try? FileSystem.readText(record)) ?? "\(rawValue): nothing is known" }

    func run(seconds: UInt64) {
        let start = Clock.awake()
        let place = UInt64(Self.allCases.firstIndex(of: self)!)
        let end = Clock.awake() + seconds * 1_000_000_000
        var rounds = 0
        var errors = 0
        var last = ""
        var attachments = BPFAttachments()
        while Clock.awake() < end {
            // A third of them at a time, each time others: there are few processors.
            guard (((Clock.awake() - start) / 7_000_000_000) * 2 + place) % 3 == 0 else {
                Clock.sleep(microseconds: 100_000)
                continue
            }
            do {
                switch self {
                case .functionTracer: try Self.traceFunctions(rounds)
                case .probes: try Self.probe(rounds)
                case .bpf: try attachments.round(rounds)
                case .modules: try Self.loadModules(rounds)
                case .processors: try Self.stopProcessor()
                case .staticKeys: try Self.switchKeys(rounds)
                case .events: try Self.traceEvents()
                case .livePatch: try Self.patch()
                case .processes: try Self.startProcesses()
                }
            } catch {
                errors += 1
                last = "\(error)"
                Clock.sleep(microseconds: 200_000)
            }
            rounds += 1
        }
        let text = "\(rawValue): \(rounds) rounds, \(errors) failed\(last.isEmpty ? "" : ", the last by \(last)")"
        try? FileSystem.writeDurably(Array(text.utf8), to: record)
    }

    // MARK: Acts

    private static let tracing = "/sys/kernel/tracing"

    /// As trace-cmd does: one tracer after another, on some functions and, now and then, on all.
    private static func traceFunctions(_ round: Int) throws {
        let filters = ["vfs_*", "schedule", "*_read", "tcp_*", round % 8 == 7 ? "" : "__x64_sys_*"]
        try put("\(tracing)/set_ftrace_filter", filters[round % filters.count])
        for tracer in round % 2 == 0 ? ["function", "nop"] : ["function_graph", "function", "nop"] {
            try put("\(tracing)/current_tracer", tracer)
            Clock.sleep(microseconds: 150_000)
        }
        try put("\(tracing)/set_ftrace_filter", "")
    }

    private static func probe(_ round: Int) throws {
        let events = [
            "p:sallyport_one vfs_read", "r:sallyport_two vfs_write", "p:sallyport_three vfs_read",
            "p:sallyport_four __x64_sys_getppid", "r:sallyport_five do_sys_openat2",
        ]
        for event in events { try put("\(tracing)/kprobe_events", event, appending: true) }
        // One by itself cannot be placed everywhere; the instruction behind the entry can.
        try? put(
            "\(tracing)/kprobe_events", "p:sallyport_six __x64_sys_sysfs+\(round % 2 == 0 ? 5 : 9)", appending: true)
        try put("\(tracing)/events/kprobes/enable", "1")
        Clock.sleep(microseconds: 200_000)
        try put("\(tracing)/events/kprobes/enable", "0")
        try put("\(tracing)/kprobe_events", "")
        Clock.sleep(microseconds: 50_000)
    }

    /// A module that others use is refused; the next round will do.
    private static func loadModules(_ round: Int) throws {
        let names = ["dummy", "msr", "tun", "veth", "fuse", "loop"]
        let name = names[round % names.count]
        try Fixture.run(["/sbin/modprobe", "-q", name])
        Clock.sleep(microseconds: UInt32(50_000 + round % 5 * 60_000))
        try Fixture.run(["/sbin/modprobe", "-q", "-r", name])
    }

    private static func stopProcessor() throws {
        try put("/sys/devices/system/cpu/cpu1/online", "0")
        Clock.sleep(microseconds: 300_000)
        try put("/sys/devices/system/cpu/cpu1/online", "1")
        Clock.sleep(microseconds: 700_000)
    }

    private static func switchKeys(_ round: Int) throws {
        // In the scheduler itself: an emulated machine of several processors may run an old breakpoint there.
        if round % 16 < 2 { try put("/proc/sys/kernel/sched_schedstats", round % 2 == 0 ? "1" : "0") }
        Clock.sleep(microseconds: 30_000)
        try put("/proc/sys/kernel/bpf_stats_enabled", round % 2 == 0 ? "1" : "0")
        Clock.sleep(microseconds: 30_000)
    }

    private static func traceEvents() throws {
        for group in ["sched", "syscalls", "irq"] {
            try put("\(tracing)/events/\(group)/enable", "1")
            Clock.sleep(microseconds: 100_000)
            try put("\(tracing)/events/\(group)/enable", "0")
        }
    }

    private static func patch() throws {
        let fixture = Fixture("livepatch")
        try fixture.load([])
        Clock.sleep(microseconds: 500_000)
        fixture.unload()
        if FileSystem.exists("/sys/module/tamper_livepatch") { throw LabError("the live patch stays", EBUSY) }
    }

    private static func startProcesses() throws {
        for _ in 0..<10 { try Fixture.run(["/bin/sh", "-c", "true | cat; exit 0"]) }
    }
}

/// Writes a text to a file of the kernel's, at once.
func put(_ path: String, _ text: String, appending: Bool = false) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC))
    guard descriptor >= 0 else { throw LabError("open \(path)", errno) }
    defer { close(descriptor) }
    let line = Array((text + "\n").utf8)
    guard write(descriptor, line, line.count) == line.count else { throw LabError("\(text) > \(path)", errno) }
}
