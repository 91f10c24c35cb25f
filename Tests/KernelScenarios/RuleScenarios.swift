// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What rules mean, seen from the kernel.
enum RuleScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("the first matching rule of a policy decides") { lab in
            try await lab.setPolicies([
                Make.policy(
                    "order", Make.rule("exception", .allow, object: Make.path(Lab.denied + "/program")),
                    Make.rule("rest", .deny, object: Make.path(Lab.denied + "/**")))
            ])
            try expect(Lab.exec(Lab.deniedProgram), 0, "the exception")
            try expect(acts_map_executable(Lab.deniedLibrary), refused, "the rest")
        },
        Scenario("across policies deny wins") { lab in
            try await lab.setPolicies([
                Make.policy("a-allows", Make.rule("yes", .allow, object: Make.path(Lab.denied + "/**"))),
                Make.denyTree,
            ])
            let event = try await deniedEvent(lab)
            try expect(event.decision.policy, "deny-tree", "who decided")
        },
        Scenario("a policy in audit mode reports and lets pass") { lab in
            try await lab.setPolicies([
                Make.policy("watching", mode: .audit, Make.rule("would", .deny, object: Make.path(Lab.denied + "/**")))
            ])
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec under audit")
            try await lab.expectEvent("the audit") {
                $0.operation == .processExec && $0.decision.verdict == .audit && $0.decision.rule == "would"
            }
        },
        Scenario("a rule for a subject concerns that program only") { lab in
            mkdir(Lab.allowed + "/shell", 0o755)
            let shell = Lab.allowed + "/shell/sh"
            try Lab.copy("/bin/busybox", to: shell)
            try await lab.setPolicies([
                Make.policy(
                    "subject",
                    Make.rule(
                        "shell", .deny, on: [.processExec], subject: Make.exe(shell), object: Make.path(Lab.tiny)))
            ])
            try expect(Lab.exec(Lab.tiny), 0, "exec by another program")
            let status = Lab.exec(shell, ["-c", Lab.tiny])
            try require(status != 0, "the shell started what it mustn't")
            let event = try await lab.expectDenial(.processExec, of: Lab.tiny)
            try expect(event.subject.exe.text, shell, "subject")
        },
        Scenario("not inverts a condition") { lab in
            try await lab.setPolicies([
                Make.policy(
                    "only-lab",
                    Make.rule(
                        "elsewhere", .deny, on: [.processExec],
                        object: Make.anywhereBut(Lab.allowed + "/**", "/usr/**", "/bin/**", "/sbin/**")))
            ])
            try expect(Lab.exec(Lab.tiny), 0, "inside")
            try expect(Lab.exec(Lab.deniedProgram), refused, "outside")
        },
        Scenario("creating a process can be denied to a program") { lab in
            mkdir(Lab.allowed + "/lonely", 0o755)
            let shell = Lab.allowed + "/lonely/sh"
            try Lab.copy("/bin/busybox", to: shell)
            try await lab.setPolicies([
                Make.policy("lonely", Make.rule("no-fork", .deny, on: [.processCreate], subject: Make.exe(shell)))
            ])
            try require(Lab.exec(shell, ["-c", "\(Lab.tiny); exit 0"]) != 0, "the shell could fork")
            try await lab.expectEvent("the denial") {
                $0.operation == .processCreate && $0.decision.verdict == .deny && $0.subject.exe.text == shell
            }
            try expect(Lab.exec(Lab.tiny), 0, "another program forks")
        },
        Scenario("removing a policy ends it") { lab in
            try await lab.setPolicies([Make.denyTree])
            try expect(Lab.exec(Lab.deniedProgram), refused, "with the policy")
            try await lab.setPolicies([])
            try expect(Lab.exec(Lab.deniedProgram), 0, "without it")
        },
        Scenario("a policy that can't be compiled changes nothing") { lab in
            let rules = (0..<4097).map { Make.rule("r\($0)", .deny, object: Make.path("/nowhere/\($0)")) }
            do {
                _ = try await lab.client.applyPolicies([Policy(name: "huge", rules: rules)])
                throw Failure("4,097 rules were accepted")
            } catch let failure as Failure {
                throw failure
            } catch {
                try require("\(error)".contains("4096"), "the error names the limit: \(error)")
            }
            try expect(Lab.exec(Lab.deniedProgram), refused, "the policy before is in force")
        },
    ]

    private static func deniedEvent(_ lab: Lab) async throws -> Event {
        try expect(Lab.exec(Lab.deniedProgram), refused, "exec")
        return try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
    }
}
