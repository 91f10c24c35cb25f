// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What happens when something is full, slow, stopped or dead. They start and end the platform themselves.
enum ResilienceScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("10,000 forks: every creation and exit is reported, or counted in a gap", limit: 300) { lab in
            lab.forgetEvents()
            let load = try KernelLoad.start(.forks(10_000), output: "forks")
            try expect(try load.finish(), [0], "failed forks")
            var created = 0
            var exited = 0
            var lost: UInt64 = 0
            var seen = 0
            for _ in 0..<300 {
                for element in lab.collected(from: &seen) {
                    switch element {
                    case .event(let event) where event.operation == .processCreate:
                        if event.subject.identity.pid == load.pid { created += 1 }
                    case .event(let event) where event.operation == .processExit:
                        if event.subject.parent?.pid == load.pid { exited += 1 }
                    case .gap(let gap): lost += gap.total
                    default: break
                    }
                }
                if created + exited + Int(lost) >= 20_000 { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            try require(
                created + exited + Int(lost) >= 20_000,
                "silent loss: \(created) creations, \(exited) exits, \(lost) counted as lost, of 20,000")
            try require(created <= 10_000 && exited <= 10_000, "reported twice: \(created) creations, \(exited) exits")
            say("    \(created) creations and \(exited) exits seen, \(lost) counted as lost")
        },
        Scenario("policies replaced again and again under load: never a wrong verdict") { lab in
            // Nobody watches: the processors are for the load and the changes.
            lab.disconnect()
            try await lab.connect(collecting: false)
            // 500 a second for eight seconds; a slow machine takes longer for as many, and changes policies the more often.
            let (seconds, wanted) = (UInt64(8), UInt64(4000))
            var (flips, attempts, rounds) = (0, UInt64(0), UInt64(0))
            let clock = ContinuousClock()
            while attempts < wanted, rounds < 8 {
                rounds += 1
                let loads = try (0..<2).map { number in
                    try KernelLoad.start(.execs(seconds: seconds), output: "execs-\(number)")
                }
                let end = clock.now + .seconds(7)
                while clock.now < end {
                    let other = Make.policy(
                        "other-\(flips % 3)", Make.rule("x", .deny, object: Make.path("/nowhere/\(flips)/**")))
                    _ = try await lab.client.applyPolicies([Make.denyTree, other])
                    flips += 1
                    try await Task.sleep(for: .milliseconds(200))
                }
                let results = try loads.map { try $0.finishExecs() }
                for result in results {
                    try expect(result.wrong, 0, "wrong verdicts (last result \(result.lastError))")
                }
                attempts += results.reduce(0) { $0 + $1.attempts }
            }
            say("    \(attempts) executions (\(attempts / (seconds * rounds)) a second), \(flips) policy changes")
            try require(flips >= 5, "only \(flips) changes happened")
            try require(attempts >= wanted, "only \(attempts) executions were tried, \(wanted) are asked for")
        },
        Scenario(
            "denials without a pause: they are reported or counted, memory stays bounded, and the daemon can be stopped"
        ) {
            lab in
            lab.disconnect()
            try await lab.connect()
            lab.forgetEvents()
            let loads = try (0..<2).map { try KernelLoad.start(.maps(seconds: 12), output: "maps-\($0)") }
            try await Task.sleep(for: .seconds(5))
            try require(!lab.collected.isEmpty, "nothing was reported in 5 s")
            let resident = Measurements.residentKiB(lab.daemon.pid)
            try require(resident < 300 * 1024, "the daemon has \(resident) KiB")
            // With a client that has thousands of events still to read.
            let clock = ContinuousClock()
            let start = clock.now
            try expect(lab.daemon.end(), 0, "wait status after SIGTERM")
            let took = milliseconds(clock.now - start)
            lab.disconnect()
            let results = try loads.map { try $0.finishExecs() }
            let attempts = results.reduce(0) { $0 + $1.attempts }
            say("    \(attempts) mappings tried, daemon \(resident) KiB, stopped in \(took) ms")
            try await lab.daemon.start()
            try await lab.connect()
            try await lab.setPolicies([Make.denyTree])
            try requireInTime(took < 5000, "the stop took \(took) ms")
        },
        Scenario("the service manager is told when the stored policy is in force, and when it ends") { lab in
            lab.disconnect()
            lab.daemon.end()
            let manager = try NotifySocket(path: "/run/notify")
            setenv("NOTIFY_SOCKET", manager.path, 1)
            defer { unsetenv("NOTIFY_SOCKET") }
            try await lab.daemon.start()
            let ready = try manager.next()
            try require(ready.hasPrefix("READY=1"), "the first word was: \(ready)")
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec after READY=1")
            try await lab.connect()
            lab.disconnect()
            lab.daemon.end()
            try expect(try manager.next(), "STOPPING=1", "the last word")
            try await lab.daemon.start()
            try await lab.connect()
        },
        Scenario("below tier enforce it doesn't start beside programs that still decide") { lab in
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            let status = try DaemonProcess.runToEnd(
                [lab.daemon.binary, "--state", lab.daemon.state, "--run", lab.daemon.run, "--tier", "observe"],
                output: "/run/below.log")
            try expect(status, 1, "exit status")
            try require(text("/run/below.log").contains("still decide"), "it says why: \(text("/run/below.log"))")
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec meanwhile")
            try await lab.daemon.start()
            try await lab.connect()
        },
        Scenario("ring full and daemon stopped: denials still deny, and the gap is counted") { lab in
            lab.disconnect()
            lab.daemon.end()
            try await lab.daemon.start(["--ring-bytes", "65536"])
            try await lab.connect()
            try await lab.setPolicies([Make.denyTree])
            lab.forgetEvents()
            lab.daemon.send(SIGSTOP)
            for _ in 0..<500 {
                try expect(Lab.exec(Lab.deniedProgram), refused, "exec with a full ring")
            }
            try expect(Lab.exec(Lab.tiny), 0, "an allowed exec with a full ring")
            lab.daemon.send(SIGCONT)
            var denials = 0
            // What is lost while the ring is being emptied makes a gap of its own.
            var gaps: [Gap] = []
            func lost() -> Int { gaps.reduce(0) { $0 + Int($1.denied) } }
            for _ in 0..<200 {
                denials = lab.collected.count {
                    if case .event(let event) = $0 { event.decision.verdict == .deny } else { false }
                }
                gaps = lab.collected.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
                if denials + lost() >= 500 { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try require(!gaps.isEmpty, "no gap was reported; \(denials) denials arrived")
            try expect(denials + lost(), 500, "denials reported and counted as lost")
            let total = gaps.reduce(0) { $0 + $1.total }
            say("    \(denials) denials reported, \(lost()) in \(gaps.count) gaps of \(total) records")
            let status = try await lab.client.status()
            try require(status.events.lost >= total, "status shows the loss")
        },
        Scenario("daemon killed: the kernel goes on denying; the next daemon takes over and reports what was lost") {
            lab in
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            for _ in 0..<50 { try expect(Lab.exec(Lab.deniedProgram), refused, "exec with the daemon dead") }
            try expect(Lab.exec(Lab.tiny), 0, "an allowed exec with the daemon dead")
            // A load across the take-over: not one attempt may pass.
            let load = try KernelLoad.start(.execs(seconds: 6), output: "execs")
            try await lab.daemon.start(["--ring-bytes", "65536"])
            let result = try load.finishExecs()
            try expect(result.wrong, 0, "wrong verdicts during the take-over of \(result.attempts)")
            try await lab.connect()
            let status = try await lab.client.status()
            try expect(status.policies, 1, "policies in force after the restart")
            try require(status.events.denied >= 50, "denials counted by the kernel meanwhile: \(status.events.denied)")
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec after the restart")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
        },
        Scenario("a second daemon is refused, on the same state and on the same kernel") { lab in
            let same = try DaemonProcess.runToEnd(
                [lab.daemon.binary, "--state", lab.daemon.state, "--run", "/run/second"], output: "/run/second.log")
            try expect(same, 1, "exit status on the same state directory")
            try require(text("/run/second.log").contains("another sallyportd uses"), "it says why")
            let other = try DaemonProcess.runToEnd(
                [lab.daemon.binary, "--state", "/run/third-state", "--run", "/run/third"], output: "/run/third.log")
            try expect(other, 1, "exit status with a state of its own")
            try require(text("/run/third.log").contains("decides in this kernel already"), "it says why")
        },
        Scenario("an ordinary user is told what is missing and gets status 3") { lab in
            let copy = Lab.allowed + "/sallyportd"
            try Lab.copy(lab.daemon.binary, to: copy)
            let status = Lab.withStrings([copy, "--state", "/tmp/user-state", "--run", "/tmp/user-run"]) {
                acts_exec_as(65534, copy, $0)
            }
            try expect(status, 3 << 8, "wait status")
        },
        Scenario("an orderly stop lifts enforcement and leaves nothing in the kernel") { lab in
            lab.disconnect()
            try expect(lab.daemon.end(), 0, "wait status after SIGTERM")
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec after the stop")
            try require(access("/sys/fs/bpf/sallyport", F_OK) != 0, "pins are left")
            try await lab.daemon.start()
            try await lab.connect()
            try expect(Lab.exec(Lab.deniedProgram), refused, "the stored policy is in force before ready")
        },
    ]

    private static func text(_ path: String) -> String {
        (try? Lab.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
