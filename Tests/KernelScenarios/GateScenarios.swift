// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// A kernel without BPF LSM: verdicts on executions through fanotify, on the mounts that were named.
enum GateScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("the platform comes up at tier gate and says why it is no higher") { lab in
            let coverage = try await lab.client.coverage()
            try expect(coverage.tier, .gate, "tier")
            try require(coverage.reason.contains("lsm="), "the reason says how to boot: \(coverage.reason)")
            let load = coverage.operations.first { $0.operation == .imageLoad }
            try expect(load?.deny, false, "image.load can be denied")
            try require(load?.reason.isEmpty == false, "why not is said")
        },
        Scenario("an execution on the mount is refused, elsewhere it isn't held") { lab in
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(Lab.exec(Lab.tiny), 0, "exec in the allowed tree of the same mount")
            try await lab.setPolicies([
                Make.policy("other", Make.rule("bin", .deny, on: [.processExec], object: Make.path("/usr/bin/true")))
            ])
            try expect(Lab.exec("/usr/bin/true"), 0, "exec on a mount that isn't named")
        },
        Scenario("a hard link that was removed keeps its former path, and a name may end with (deleted)") { lab in
            for name in [Lab.denied + "/link", Lab.denied + "/x (deleted)"] {
                try expect(link(Lab.deniedProgram, name), 0, "link \(name)")
            }
            try expect(Lab.exec(Lab.denied + "/x (deleted)"), refused, "a program called so")
            try expect(acts_exec_deleted(Lab.denied + "/link"), refused, "one of two links, removed")
        },
        Scenario("a rule that this tier can't decide is refused, with the reason") { lab in
            do {
                _ = try await lab.client.applyPolicies([Make.denyTree])
                throw Failure("a rule on image.load was accepted")
            } catch let error as SallyportError {
                try expect(error.reason, "policy-not-covered", "reason")
                try require(error.message.contains("image.load"), "the message names the operation: \(error.message)")
            }
        },
        Scenario("events of processes come from tracing") { lab in
            try expect(Lab.exec(Lab.tiny, ["gate"]), 0, "exec")
            try await lab.expectEvent("the exec") {
                $0.operation == .processExec && $0.decision.verdict == .allow && $0.subject.identity.pid != getpid()
            }
            try await lab.expectEvent("the exit") { $0.operation == .processExit }
        },
        Scenario("without a mount to hold, or when told so, it is tier observe: events and no verdicts") { lab in
            lab.disconnect()
            lab.daemon.end()
            for options in [[], ["--tier", "observe", "--gate-mount", Lab.root]] {
                try await lab.daemon.start(options)
                try await lab.connect()
                let coverage = try await lab.client.coverage()
                try expect(coverage.tier, .observe, "tier with \(options)")
                try expect(Lab.exec(Lab.deniedProgram), 0, "exec in the denied tree")
                try await lab.expectEvent("the exec") { event in
                    guard event.operation == .processExec, case .file(let file, _) = event.object else { return false }
                    return file.path.text == Lab.deniedProgram && event.decision.verdict == .allow
                }
                lab.forgetEvents()
                lab.disconnect()
                lab.daemon.end()
            }
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try await lab.connect()
        },
        Scenario("a kernel whose security modules can't be listed is tried, not believed") { lab in
            lab.disconnect()
            lab.daemon.end()
            try expect(acts_unmount("/sys/kernel/security"), 0, "unmount securityfs")
            defer { _ = acts_mount("securityfs", "/sys/kernel/security", "securityfs", 0, "") }
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try await lab.connect()
            let coverage = try await lab.client.coverage()
            try expect(coverage.tier, .gate, "tier")
            try require(coverage.reason.contains("securityfs"), "the reason says what to mount: \(coverage.reason)")
        },
        Scenario("daemon stopped or killed: its guard allows or denies at once, as it was started") { lab in
            lab.disconnect()
            for (mode, tiny) in [("allow", Int32(0)), ("deny", refused)] {
                lab.daemon.end()
                try await lab.daemon.start(["--gate-mount", Lab.root, "--gate-guard", mode])
                try expect(Lab.exec(Lab.tiny), 0, "exec under the policy")
                lab.daemon.send(SIGSTOP)
                try await Task.sleep(for: .milliseconds(100))
                let took = try GateLab.time { try expect(Lab.exec(Lab.tiny), tiny, "exec, daemon stopped, \(mode)") }
                try requireInTime(took < .milliseconds(250) + GateLab.slack, "that took \(took)")
                lab.daemon.send(SIGCONT)
                try await Task.sleep(for: .milliseconds(300))
                try expect(Lab.exec(Lab.deniedProgram), refused, "a denied exec after SIGCONT")
                try expect(Lab.exec(Lab.tiny), 0, "exec after SIGCONT")
                lab.daemon.end(SIGKILL)
                try expect(Lab.exec(Lab.tiny), tiny, "exec, daemon dead, \(mode)")
            }
            // What the daemon is made of lies on that mount, and passes; the next one's orders hold.
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try expect(Lab.exec(Lab.tiny), 0, "exec under the next daemon")
            try expect(Lab.exec(Lab.deniedProgram), refused, "a denied exec under the next daemon")
            try await HolderProcess.expectGuards(1)
            try await lab.connect()
        },
        Scenario("an orderly stop ends the gate") { lab in
            lab.disconnect()
            try expect(lab.daemon.end(), 0, "wait status after SIGTERM")
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec after the stop")
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try expect(Lab.exec(Lab.deniedProgram), refused, "the stored policy is in force again")
        },
    ]

    /// Executions only: all that this tier decides.
    static var policy: Policy {
        Make.policy("deny-tree", Make.rule("denied", .deny, on: [.processExec], object: Make.path(Lab.denied + "/**")))
    }
}
