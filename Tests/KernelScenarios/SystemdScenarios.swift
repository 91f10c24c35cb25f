// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// What root tries through systemd on a platform that its unit started and sealed, and what systemd itself needs.
enum SystemdScenarios {
    private static let unit = SystemdBoot.unit
    private static let folders = [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/etc/systemd/system",
        "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    ]

    static let all: [Scenario] = [
        Scenario("the platform enforces and is sealed before sysinit.target is reached") { lab in
            let unit = try properties("sallyport.service")
            let target = try properties("sysinit.target")
            try expect(unit["ActiveState"], "active", "the unit")
            try expect(target["ActiveState"], "active", "sysinit.target")
            let ready = UInt64(unit["ActiveEnterTimestampMonotonic"] ?? "") ?? 0
            let reached = UInt64(target["ActiveEnterTimestampMonotonic"] ?? "") ?? 0
            try require(ready > 0 && ready <= reached, "ready at \(ready) µs, sysinit.target at \(reached) µs")
            try expect(unit["StatusText"], "tier enforce", "what the unit says")
            // It said that after it was sealed: see PlatformRuntime.
            try require(try await status(lab).sealed, "sealed")
            _ = try await SallyportClient.withConnection(to: lab.daemon.socketPath) { client in
                try await client.applyPolicies([Make.denyTree])
            }
            try await steady(lab, "at first", pid: pid_t(unit["MainPID"] ?? "") ?? 0)
            say("    ready \((reached - ready) / 1000) ms before sysinit.target")
        },
        Scenario("services start and stop beside it, with limits of their own") { lab in
            try Lab.write(
                "[Service]\nType=oneshot\nRemainAfterExit=yes\nMemoryMax=64M\nCPUQuota=50%\nExecStart=/bin/true\n",
                to: "/run/systemd/system/other.service", mode: 0o644)
            try systemctl(["daemon-reload"])
            try systemctl(["start", "other.service"])
            try expect(try properties("other.service")["SubState"], "exited", "the other service")
            try systemctl(["stop", "other.service"])
            try systemctl(["start", "dbus.service"])
            try await steady(lab, "beside other services")
        },
        Scenario("process 1 refuses root to stop, kill, freeze and limit it") { lab in
            let acts: [(words: [String], refused: Bool)] = [
                (["stop", "sallyport"], true), (["restart", "sallyport"], true), (["try-restart", "sallyport"], true),
                (["kill", "-s", "KILL", "sallyport"], true), (["kill", "-s", "TERM", "sallyport"], true),
                (["kill", "-s", "STOP", "--kill-who", "main", "sallyport"], true),
                (["freeze", "sallyport"], true), (["freeze", "sallyport.slice"], true),
                // Process 1 says that it did.
                (["set-property", "--runtime", "sallyport.service", "MemoryMax=8M"], false),
                (["set-property", "sallyport.service", "CPUQuota=1%", "TasksMax=1", "MemoryHigh=8M"], false),
                (["set-property", "--runtime", "sallyport.slice", "MemoryMax=8M", "CPUQuota=1%"], false),
            ]
            for act in acts {
                let result = try run(["/usr/bin/systemctl"] + act.words)
                say("    \(result.status == 0 ? "done   " : "refused") systemctl \(act.words.joined(separator: " "))")
                try expect(result.status != 0, act.refused, "\(act.words) was refused; it said: \(result.said)")
                try await steady(lab, "after \(act.words)")
            }
            for folder in folders {
                try expect(access(folder + "/sallyport.service.d/50-MemoryMax.conf", F_OK), -1, "a drop-in")
            }
        },
        Scenario("its unit isn't edited, replaced, masked or added to") { lab in
            for way in [["mask"], ["mask", "--force"], ["revert"]] {
                _ = try run(["/usr/bin/systemctl"] + way + ["sallyport.service"])
            }
            try Lab.write("[Service]\nExecStart=/bin/false\n", to: "/etc/systemd/system/other-unit", mode: 0o644)
            try refused(open(unit, O_WRONLY | O_CLOEXEC), "open it for writing")
            try refused(rename("/etc/systemd/system/other-unit", unit), "replace it")
            try refused(rename(unit, unit + ".old"), "rename it")
            try refused(unlink(unit), "unlink it")
            try refused(unlink(SystemdBoot.dropIns + "/seal.conf"), "unlink what seals it")
            for folder in folders {
                let dropIns = folder + "/sallyport.service.d"
                try refused(
                    open(dropIns + "/x.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644), "a drop-in in \(dropIns)")
                try refused(symlink("/etc/systemd/system/other-unit", dropIns + "/x.conf"), "a link in \(dropIns)")
                try refused(rename(dropIns, dropIns + "-old"), "rename \(dropIns)")
                try refused(rmdir(dropIns), "rmdir \(dropIns)")
                try expect(acts_mount("x", dropIns, "tmpfs", 0, ""), -EPERM, "a mount over \(dropIns)")
            }
            // A unit file of the same name in /run doesn't go before the one in /etc.
            _ = try run(["/usr/bin/systemctl", "mask", "--runtime", "sallyport.service"])
            try systemctl(["daemon-reload"])
            try expect(try properties("sallyport.service")["LoadState"], "loaded", "the unit")
            try await steady(lab, "after attempts on its unit")
        },
        Scenario("it goes on when systemd reads its units anew or executes itself, with limits for every service") {
            lab in
            mkdir("/run/systemd/system/service.d", 0o755)
            try Lab.write(
                "[Service]\nMemoryMax=1G\nCPUQuota=150%\n", to: "/run/systemd/system/service.d/x.conf", mode: 0o644)
            try systemctl(["daemon-reload"])
            try await steady(lab, "after daemon-reload")
            try systemctl(["daemon-reexec"])
            try await steady(lab, "after daemon-reexec")
            unlink("/run/systemd/system/service.d/x.conf")
            try systemctl(["daemon-reload"])
        },
        Scenario("moved to another cgroup by process 1 it comes back") { lab in
            let pid = try await status(lab).pid
            let result = try run([
                "/usr/bin/busctl", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))", "moved.scope", "fail",
                "1",
                "PIDs", "au", "1", "\(pid)", "0",
            ])
            try expect(result.status, 0, "a scope for the daemon: \(result.said)")
            // Process 1 answers before it moves it, and the log comes after the way back.
            func isBack() throws -> Bool {
                let group = String(decoding: try Lab.read("/proc/\(pid)/cgroup"), as: UTF8.self)
                let log = String(decoding: try Lab.read(SystemdBoot.log), as: UTF8.self)
                return group.hasPrefix("0::/sallyport.slice/sallyport.service")
                    && log.contains("moved to another cgroup by=1 (systemd)")
            }
            for _ in 0..<300 where try !isBack() { try await Task.sleep(for: .milliseconds(100)) }
            try require(try isBack(), "it was moved and came back")
            try await steady(lab, "after the move")
        },
        Scenario("ended by itself it is started again, goes on sealed, and nothing passes meanwhile") { lab in
            let old = try await status(lab).pid
            let output = Lab.root + "/prober.out"
            let prober = try DaemonProcess.spawn(
                ["/proc/self/exe", "prober", SystemdBoot.state, output], output: "/dev/null")
            defer {
                kill(prober, SIGKILL)
                waitpid(prober, nil, 0)
            }
            let began = ContinuousClock.now
            try Lab.write("", to: SystemdBoot.hangUp, mode: 0o644)
            while kill(old, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
            var found: PlatformStatus?
            while found == nil || found?.pid == old || found?.ready == false {
                found = try? await status(lab)
                try await Task.sleep(for: .milliseconds(100))
            }
            say("    ready again after \(milliseconds(.now - began)) ms")
            let unit = try properties("sallyport.service")
            try expect(unit["NRestarts"], "1", "restarts")
            try await steady(lab, "after its end", pid: pid_t(unit["MainPID"] ?? "") ?? 0)
            let told = String(decoding: try Lab.read(output), as: UTF8.self)
            try require(told.contains(".") && !told.contains("PASSED"), "unguarded acts: \(told)")
        },
        // Last: systemd takes it for stopped then, and wouldn't start it again.
        Scenario("a unit in conflict with it stops it by name only") { lab in
            try Lab.write(
                "[Unit]\nConflicts=sallyport.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
                to: "/run/systemd/system/foe.service", mode: 0o644)
            try systemctl(["daemon-reload"])
            _ = try run(["/usr/bin/systemctl", "start", "foe.service"])
            say("    the unit is \(try properties("sallyport.service")["ActiveState"] ?? "")")
            try await steady(lab, "after a unit in conflict")
        },
    ]

    // MARK: What must be so

    /// The same daemon runs, isn't limited, is sealed, and what is denied is denied.
    private static func steady(_ lab: Lab, _ when: String, pid: pid_t? = nil) async throws {
        let status: PlatformStatus
        do { status = try await self.status(lab) } catch { throw Failure("no status \(when): \(error)") }
        try require(status.ready && status.sealed, "ready and sealed \(when)")
        let main = mainPID.withLock { known in
            if let pid { known = pid }
            return known
        }
        try expect(pid_t(status.pid), main, "the daemon's number \(when)")
        for group in ["/sallyport.slice", "/sallyport.slice/sallyport.service"] {
            for (file, value) in [
                ("cgroup.freeze", "0"), ("memory.max", "max"), ("memory.high", "max"), ("cpu.max", "max"),
            ] {
                guard let text = try? Lab.read("/sys/fs/cgroup\(group)/\(file)") else { continue }
                try require(
                    text.starts(with: value.utf8), "\(group)/\(file) \(when): \(String(decoding: text, as: UTF8.self))")
            }
        }
        try expect(Lab.exec(Lab.deniedProgram), -EPERM, "execution of a denied program \(when)")
    }

    private static let mainPID = Mutex<pid_t>(0)

    private static func status(_ lab: Lab) async throws -> PlatformStatus {
        try await SallyportClient.withConnection(to: lab.daemon.socketPath, timeout: .seconds(20)) { client in
            try await client.status()
        }
    }

    private static func refused(_ result: Int32, _ what: String) throws {
        let code = errno
        try require(result < 0 && code == EPERM, "\(what): \(result < 0 ? String(cString: strerror(code)) : "done")")
    }

    // MARK: systemd

    private static func run(_ words: [String]) throws -> (status: Int32, said: String) {
        let file = Lab.root + "/command.out"
        unlink(file)
        let status = try DaemonProcess.runToEnd(words, output: file)
        return (status, String(decoding: try Lab.read(file), as: UTF8.self))
    }

    private static func systemctl(_ words: [String]) throws {
        let result = try run(["/usr/bin/systemctl"] + words)
        try expect(result.status, 0, "systemctl \(words.joined(separator: " ")): \(result.said)")
    }

    private static func properties(_ unit: String) throws -> [String: String] {
        let result = try run(["/usr/bin/systemctl", "show", unit])
        let pairs = result.said.split(separator: "\n").map { line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        return Dictionary(pairs) { $1 }
    }
}
