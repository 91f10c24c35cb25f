// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import KernelImage
import KernelIntegrity
import LinuxSystem
import Synchronization
import Testing

/// When checks look and who is told, over checks that see what the test says.
@Suite(.enabled(if: FileSystem.exists("/sys/kernel/btf/vmlinux"), "it needs the kernel's types"))
struct IntegrityMonitorTests {
    /// Memory without a kernel behind it.
    private struct NoMemory: KernelMemory {
        func read(_ address: UInt64, _ count: Int) -> MemoryRead {
            MemoryRead(bytes: [UInt8](repeating: 0, count: count), missing: [0..<count])
        }
        func gather(_ addresses: [UInt64], _ count: Int) -> [[UInt8]?] { addresses.map { _ in nil } }
        func walk(_ list: KernelList, from first: UInt64) -> WalkedList { WalkedList() }
        func numberedTasks() -> [NumberedTask] { [] }
    }

    private final class Check: IntegrityCheck {
        let name: String
        let covers = "what the test says"
        let pace = CheckPace.fast
        let state = Mutex<(observations: [Observation], looks: Int, fails: Bool)>(([], 0, false))

        init(_ name: String) { self.name = name }

        func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
            var result = CheckResult()
            let fails = state.withLock { state in
                state.looks += 1
                result.observations = state.observations
                return state.fails
            }
            if fails { throw KernelMemoryError("nothing can be read") }
            return result
        }

        func see(_ observations: [Observation]) { state.withLock { $0.observations = observations } }
    }

    private final class Told: Sendable {
        let findings = Mutex<[Finding]>([])
        let failures = Mutex<[String]>([])
    }

    private func running(
        _ checks: [Check], fastMaximum: UInt32 = 3600, _ body: (IntegrityMonitor, Told) async throws -> Void
    ) async throws {
        let facts = KernelFacts(
            memory: NoMemory(), types: try KernelTypes(),
            symbols: try KernelSymbolTable(listing: Array("ffffffff81000000 T _text\n".utf8)),
            baseline: ImageBaseline(origin: "none"), release: "0")
        let told = Told()
        let monitor = try IntegrityMonitor(
            facts, checks: checks, settings: IntegritySettings(fastMaximum: fastMaximum, fullMaximum: 3600),
            reports: IntegrityMonitor.Reports(
                changed: { findings in told.findings.withLock { $0 += findings } },
                failed: { check, _ in told.failures.withLock { $0.append(check) } }))
        let thread = try SystemThread(name: "monitor") { monitor.run() }
        defer {
            monitor.stop()
            thread.join()
        }
        try await body(monitor, told)
    }

    private func scan(_ monitor: IntegrityMonitor, _ names: Set<String>) async -> [ScanProgress] {
        var steps: [ScanProgress] = []
        for await step in monitor.scan(names) { steps.append(step) }
        return steps
    }

    @Test func `A scan that is asked for tells of each check as it begins and ends`() async throws {
        try await running([Check("one"), Check("two")]) { monitor, _ in
            let steps = await scan(monitor, ["one", "two"])
            #expect(steps.count == 4)
            #expect(steps.map(\.completed) == [0, 1, 1, 2] && steps.allSatisfy { $0.total == 2 })
            let none = await scan(monitor, ["three"])
            #expect(none.isEmpty)
        }
    }

    @Test func `A violation counts when it was seen in each of several looks`() async throws {
        let check = Check("one")
        try await running([check]) { monitor, told in
            _ = await scan(monitor, ["one"])
            let before = check.state.withLock { $0.looks }
            check.see([Observation(.violation, subject: "a", summary: "s")])
            _ = await scan(monitor, ["one"])
            let looks = check.state.withLock { $0.looks } - before
            #expect(looks == IntegrityScan.looks)
            #expect(told.findings.withLock { $0.map(\.subject) } == ["a"])
            // It is known now: one look is enough.
            _ = await scan(monitor, ["one"])
            #expect(check.state.withLock { $0.looks } == before + looks + 1)
        }
    }

    @Test func `Other checks look while a violation is made sure of`() async throws {
        let checks = (0..<8).map { Check("check-\($0)") }
        try await running(checks) { monitor, told in
            _ = await scan(monitor, Set(monitor.checkNames))
            for check in checks { check.see([Observation(.violation, subject: "a", summary: "s")]) }
            let begin = Clock.boot()
            _ = await scan(monitor, Set(monitor.checkNames))
            // One after another they would have taken eight times 840 ms.
            #expect(Clock.boot() - begin < 3_000_000_000)
            #expect(Set(told.findings.withLock { $0.map(\.check) }) == Set(monitor.checkNames))
        }
    }

    @Test func `A check that can't look ends nothing that it found before, and says so`() async throws {
        let check = Check("one")
        check.see([Observation(.violation, subject: "a", summary: "s")])
        try await running([check]) { monitor, told in
            _ = await scan(monitor, ["one"])
            check.state.withLock { $0.fails = true }
            _ = await scan(monitor, ["one"])
            #expect(told.failures.withLock { $0 } == ["one"])
            #expect(monitor.findings.map(\.ended) == [nil])
            #expect(monitor.status(isIsolated: false).checks[0].gaps == ["nothing can be read"])
        }
    }

    @Test func `Who waits for a scan is let go when the monitor stops`() async throws {
        try await running([Check("one")]) { monitor, _ in
            monitor.stop()
            let steps = await scan(monitor, ["one"])
            #expect(steps.count <= 2)
        }
    }

    @Test func `Who asks in a loop keeps no other check from looking`() async throws {
        let busy = Check("busy")
        let other = Check("other")
        try await running([busy, other], fastMaximum: 1) { monitor, _ in
            let loop = Task { while !Task.isCancelled { _ = await scan(monitor, ["busy"]) } }
            try await Task.sleep(for: .seconds(3))
            loop.cancel()
            _ = await loop.value
            #expect(other.state.withLock { $0.looks } >= 3)
        }
    }

    @Test func `Who lets go of a scan is forgotten`() async throws {
        let check = Check("one")
        check.see([Observation(.violation, subject: "a", summary: "s")])
        try await running([check]) { monitor, _ in
            for _ in 0..<100 { _ = monitor.scan(["one"]) }
            let steps = await scan(monitor, ["one"])
            #expect(steps.count == 2)
        }
    }

    @Test func `Ids grow through a boot, faster than findings can be made`() async throws {
        let check = Check("one")
        check.see([Observation(.weakness, subject: "a", summary: "s")])
        let before = Clock.boot() / 1_000_000
        try await running([check]) { monitor, _ in
            _ = await scan(monitor, ["one"])
            let id = try #require(monitor.findings.first?.id)
            #expect(id / 256 >= before && id / 256 <= Clock.boot() / 1_000_000)
        }
    }

    @Test func `A check that can't look hasn't seen anything`() async throws {
        let check = Check("one")
        check.see([Observation(.weakness, subject: "a", summary: "s")])
        try await running([check]) { monitor, _ in
            _ = await scan(monitor, ["one"])
            let seen = try #require(monitor.findings.first?.lastSeen)
            check.state.withLock { $0.fails = true }
            _ = await scan(monitor, ["one"])
            #expect(monitor.findings.map(\.lastSeen) == [seen])
        }
    }
}
