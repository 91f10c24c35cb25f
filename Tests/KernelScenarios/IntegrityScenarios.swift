// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// The monitor of the kernel's integrity as an operator and an agent meet it, over a kernel that is tampered with, and the
/// policy that keeps anybody from doing so.
///
/// `KERNEL_IMAGE` and `TAMPER_MODULES` in the environment say where the machine's kernel lies and the modules of
/// `Kernel/tests/tamper`.
enum IntegrityScenarios {
    static var options: [String] {
        [
            "--integrity", "on", "--integrity-fast", "5", "--integrity-full", "30", "--kernel-image",
            environment("KERNEL_IMAGE"),
        ]
    }

    private static let output = Lab.root + "/integrity.out"

    static let all: [Scenario] = [
        Scenario("an intact kernel is compared with its image, all of it, and told to be intact") { lab in
            try expect(try command(lab, ["integrity", "scan"]), 0, "status of integrity scan")
            let status = try await lab.client.integrity.status()
            try require(status.baseline.hasPrefix("the image "), "the baseline: \(status.baseline)")
            try require(status.checks.count >= 3, "\(status.checks.count) checks")
            for check in status.checks {
                try require(check.looks > 0 && !check.extent.isEmpty, "\(check.name) has compared something")
                try expect(check.violations, 0, "violations found by \(check.name)")
            }
            let explained = try await lab.client.integrity.explained()
            try require(explained.contains { $0.kind == "static call" }, "static calls are explained by name")
            try expect(try command(lab, ["integrity", "status"]), 0, "status of integrity status")
            try expect(try command(lab, ["integrity", "checks"]), 0, "status of integrity checks")
            try expect(try command(lab, ["integrity", "baseline"]), 0, "status of integrity baseline")
            try expect(try command(lab, ["integrity", "report"]), 0, "status of integrity report")
        },
        Scenario("a byte of text that is changed is found in time, told to who watches, and gone when it is put back") {
            lab in
            let told = Told()
            let client = try lab.client
            let watching = Task {
                try await client.integrity.watch(minimum: .violation) { findings, _ in told.add(findings) }
            }
            defer { watching.cancel() }
            try Tamper.load("text")
            defer { Tamper.unload("text") }
            let begin = Clock.boot
            try Tamper.set("text", true)
            let finding = try await told.wait(30) { $0.check == "kernel-text" && $0.ended == nil }
            say("found after \((Clock.boot - begin) / 1_000_000) ms: \(finding.summary)")
            try expect(finding.severity, .violation, "severity")
            try expect(finding.differences.first?.found, [0xcc], "what was found")
            try expect(finding.differences.first?.expected, [0x90], "what was expected")
            try require(
                finding.subject.contains("sysfs") || finding.subject.contains("put_filesystem"), finding.subject)
            try expect(try command(lab, ["integrity", "report"]), 1, "status of integrity report")
            try require(text().contains("expected 90") && text().contains("found    cc"), "the report: \(text())")
            try expect(try command(lab, ["integrity", "status"]), 1, "status of integrity status")
            try expect(try command(lab, ["integrity", "scan", "kernel-text"]), 1, "status of integrity scan")
            let again = try await lab.client.integrity.findings(openOnly: true).filter { $0.severity == .violation }
            try expect(again.map(\.id), [finding.id], "the same finding after another look")
            try Tamper.set("text", false)
            let gone = try await told.wait(30) { $0.id == finding.id && $0.ended != nil }
            try require(gone.ended! >= gone.firstSeen, "it ended after it began")
            try expect(try command(lab, ["integrity", "scan", "kernel-text"]), 0, "status of integrity scan")
        },
        Scenario("what was found is still known when the daemon was killed") { lab in
            let before = try await lab.client.integrity.findings().filter { $0.severity == .violation }
            try require(!before.isEmpty, "findings")
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            try await lab.daemon.start(options)
            try await lab.connect()
            let after = try await lab.client.integrity.findings().filter { $0.severity == .violation }
            try expect(after, before, "findings")
            try expect(try command(lab, ["integrity", "report"]), 0, "status of integrity report: all have ended")
        },
        Scenario("named areas of the kernel can be read, and nothing else") { lab in
            let areas = try await lab.client.inspection.areas()
            let text = areas.first { $0.name == "kernel.text" }
            try require((text?.size ?? 0) > 1 << 20, "the size of kernel.text")
            let pieces = try await lab.client.inspection.read("kernel.text", from: 4096, length: 64)
            guard case .data(let bytes) = pieces.first?.content else { throw Failure("bytes of kernel.text") }
            try expect(bytes, try kernelCore(text: 4096, count: 64), "the same by /proc/kcore")
            let calls = try await lab.client.inspection.read("table.system_calls")
            guard case .entries(let entries) = calls.first?.content else { throw Failure("entries of system calls") }
            try expect(entries.first?.symbol, "__x64_sys_read", "system call 0")
            try await expectReason("area-not-found") { try await lab.client.inspection.read("kernel.keys") }
            try await expectReason("filter-invalid") {
                try await lab.client.inspection.read("kernel.text", from: 1 << 40)
            }
            // Before all is used up that may be read in a minute.
            for words in [["areas"], ["symbols", "linux_banner"], ["modules"], ["bpf"], ["hooks"]] {
                try expect(try command(lab, ["inspect"] + words), 0, "status of inspect \(words)")
            }
            try await expectReason("inspection-bytes-per-minute") { try await textSize(lab, times: 8) }
            try require(lab.daemon.log.contains("area=kernel.text"), "reads are logged")
            try expect(try command(lab, ["inspect", "read", "kernel.keys"]), 1, "status of inspect read of no area")
        },
        Scenario(
            "policy kernel-lockdown: root changes the running kernel by none of its doors, and each attempt is told"
        ) {
            lab in
            try expect(
                try command(lab, ["policy", "apply", "policies/kernel-lockdown.yaml"]), 0, "status of policy apply")
            for name in Tamper.all { try expect(Tamper.insert(name), -EPERM, "load the module tamper_\(name)") }
            _ = try await lab.expectDenial(.imageLoadModule, of: Tamper.path("text"))
            let attempts = LockdownAttempts.all
            for attempt in attempts { try expect(attempt.act(), -EPERM, attempt.name) }
            try require(attempts.count >= 14, "only \(attempts.count) attempts can be made here")
            _ = try await lab.expectDenial(.kernelAccess, of: "/proc/sys/kernel/core_pattern")
            _ = try await lab.client.removePolicy(named: "kernel-lockdown")
        },
        Scenario("a monitor that was stopped for longer than it has promised is a finding") { lab in
            lab.daemon.send(SIGSTOP)
            try await Task.sleep(for: .seconds(12))
            lab.daemon.send(SIGCONT)
            let finding = try await found(lab, 30) { $0.check == "monitor" && $0.ended == nil }
            try require(finding.summary.contains("stopped or starved"), finding.summary)
        },
        Scenario(
            "isolated: a violation ends all new executions but the site's, over the daemon's death, until it is stopped"
        ) {
            lab in
            let tool = try Lab.folder("isolated") + "/repair"
            try Lab.copy(Lab.tiny, to: tool)
            lab.disconnect()
            try expect(lab.daemon.end(), 0, "the daemon's status")
            try await lab.daemon.start(options + ["--integrity-response", "isolate", "--isolation-allow", tool])
            try await lab.connect()
            try expect(Lab.exec(Lab.tiny), 0, "an execution before")
            try Tamper.load("syscall_table")
            try Tamper.set("syscall_table", true)
            _ = try await found(lab, 30) { $0.check == "system-calls" && $0.response == .isolate }
            try expect(Lab.exec(Lab.tiny), -EPERM, "an execution")
            try expect(Lab.exec(tool), 0, "an execution of what the site allows")
            try require(try await lab.client.integrity.status().isIsolated, "the status says so")
            try Tamper.set("syscall_table", false)
            // The table lies in read-only data, whose check may have been the first.
            for _ in 0..<300 where try await violations(lab) > 0 { try await Task.sleep(for: .milliseconds(200)) }
            try expect(try await violations(lab), 0, "violations that are still found")
            try expect(Lab.exec(Lab.tiny), -EPERM, "an execution once the violation is gone")
            try expect(try command(lab, ["integrity", "end-isolation"]), 0, "status of integrity end-isolation")
            try require(text().contains("because of\n  ") && text().contains("sys_call_table"), text())
            try expect(Lab.exec(Lab.tiny), 0, "an execution after the operator ended isolation")
            try Tamper.set("syscall_table", true)
            _ = try await found(lab, 30) { $0.check == "system-calls" && $0.ended == nil }
            try expect(Lab.exec(Lab.tiny), -EPERM, "an execution after the next violation")
            try Tamper.set("syscall_table", false)
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            try expect(Lab.exec(Lab.tiny), -EPERM, "an execution without a daemon")
            try expect(Lab.exec(tool), 0, "an execution of what the site allows, without a daemon")
            try await lab.daemon.start(options + ["--integrity-response", "isolate", "--isolation-allow", tool])
            try expect(Lab.exec(Lab.tiny), -EPERM, "an execution under the next daemon")
            try expect(lab.daemon.end(), 0, "the daemon's status")
            try expect(Lab.exec(Lab.tiny), 0, "an execution after the daemon was ended in order")
            Tamper.unload("syscall_table")
            try await lab.daemon.start(options)
            try await lab.connect()
        },
    ]

    /// Not inlined: the optimiser of Swift 6.3 fails on this call within a loop.
    @inline(never)
    private static func pieces(_ lab: Lab) async throws -> Int {
        try await lab.client.inspection.read("kernel.text").count
    }

    private static func textSize(_ lab: Lab, times: Int) async throws -> Int {
        var count = 0
        for _ in 0..<times { count += try await pieces(lab) }
        return count
    }

    /// Not inlined, likewise.
    @inline(never)
    private static func violations(_ lab: Lab) async throws -> Int {
        try await lab.client.integrity.findings().count { $0.severity == .violation && $0.ended == nil }
    }

    /// Waits for a finding.
    private static func found(
        _ lab: Lab, _ seconds: Int, where isIt: (Finding) -> Bool
    ) async throws -> Finding {
        for _ in 0..<(seconds * 5) {
            if let finding = try await lab.client.integrity.findings().last(where: isIt) { return finding }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Failure("no such finding within \(seconds) s")
    }

    /// Runs `sallyport` and returns how it ended.
    private static func command(_ lab: Lab, _ words: [String]) throws -> Int32 {
        unlink(output)
        return try DaemonProcess.runToEnd(
            [lab.daemon.cli] + words + ["--socket", lab.daemon.socketPath], output: output)
    }

    private static func text() -> String {
        (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

    /// Bytes of the kernel's text by another way than the platform's.
    private static func kernelCore(text offset: UInt64, count: Int) throws -> [UInt8] {
        let symbols = String(decoding: try Lab.read("/proc/kallsyms"), as: UTF8.self)
        guard let line = symbols.split(separator: "\n").first(where: { $0.hasSuffix(" _stext") }),
            let address = UInt64(line.prefix(16), radix: 16)
        else { throw Failure("the symbol _stext") }
        let descriptor = open("/proc/kcore", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open /proc/kcore: \(errno)") }
        defer { close(descriptor) }
        // ELF: the segment that has the address says where it lies in the file.
        var header = [UInt8](repeating: 0, count: 64)
        pread(descriptor, &header, 64, 0)
        let segments = header.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 32, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 56, as: UInt16.self)
            )
        }
        for index in 0..<UInt64(segments.1) {
            var segment = [UInt8](repeating: 0, count: 56)
            pread(descriptor, &segment, 56, off_t(segments.0 + index * 56))
            let words = segment.withUnsafeBytes { bytes in
                (0..<7).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
            }
            let (place, start, size) = (words[1], words[2], words[5])
            guard start <= address, address - start < size else { continue }
            var bytes = [UInt8](repeating: 0, count: count)
            pread(descriptor, &bytes, count, off_t(place + (address - start) + offset))
            return bytes
        }
        throw Failure("no segment of /proc/kcore has the kernel's text")
    }
}

/// Nanoseconds since boot.
private enum Clock {
    static var boot: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Findings as a watcher was told of them.
private final class Told: Sendable {
    private let findings = Mutex<[Finding]>([])

    func add(_ more: [Finding]) { findings.withLock { $0 += more } }

    func wait(_ seconds: Int, for isIt: (Finding) -> Bool) async throws -> Finding {
        for _ in 0..<(seconds * 20) {
            if let finding = findings.withLock({ $0.last(where: isIt) }) { return finding }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("no such finding within \(seconds) s; told: \(findings.withLock { $0.map(\.summary) })")
    }
}
