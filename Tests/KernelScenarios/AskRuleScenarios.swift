// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import LinuxSystem
import Sallyport

/// Policies whose rules ask: agents that answer, nobody there, ranks, and what is held for how long.
enum AskRuleScenarios {
    private static let refused = AgentScenarios.refused
    private static let slack = AgentScenarios.slack
    private static let vendor = "oracle"

    static let all: [Scenario] = [
        Scenario("ask rule: the coverage says what can be asked about") { lab in
            let covered = try await lab.client.coverage().operations.filter(\.ask).map(\.operation)
            try expect(Set(covered), [.processExec, .imageLoad, .fileOpen], "operations that can be asked about")
            do {
                var rule = asking(.deny)
                rule.object = Condition(.flags([.setuid]))
                try await lab.setPolicies([Policy(name: "flags", rules: [rule])])
                throw Failure("a rule that asks by what isn't known was taken")
            } catch let error as SallyportError {
                try expect(error.reason, "policy-not-covered", "reason")
            }
        },
        Scenario("ask rule: an agent allows and denies, and the event names rule and vendor") { lab in
            // It has said itself that it wants to be asked about opens to read: the rule asks it about those to write.
            let agent = try await agent(.deciding, lab, asked: "file.open/read")
            defer { agent.end() }
            try Lab.write("text", to: Lab.denied + "/asked")
            try Lab.write("text", to: Lab.allowed + "/asked")
            try expect(opened(Lab.denied + "/asked", O_WRONLY), 0, "open to write without a rule")
            try await lab.setPolicies([policy(asking(.deny, on: .fileOpen, access: [.write]))])
            try expect(opened(Lab.allowed + "/asked", O_WRONLY), 0, "open to write, which it allows")
            try expect(opened(Lab.denied + "/asked", O_WRONLY), refused, "open to write, which it denies")
            let event = try await lab.expectDenial(.fileOpen, of: Lab.denied + "/asked")
            try expect(event.decision.policy, "asking", "policy")
            try expect(event.decision.rule, "asked", "rule")
            try expect(event.decision.vendor, vendor, "vendor")
            try expect(event.decision.cause, "answered", "cause")
            try expect(event.decision.reason, "in the denied tree", "reason")
            try await lab.setPolicies([])
        },
        Scenario("ask rule: executions and loads are asked about") { lab in
            for (operation, asked) in [(Operation.processExec, "process.exec"), (.imageLoad, "image.load")] {
                let agent = try await agent(.deciding, lab, asked: asked)
                defer { agent.end() }
                try await lab.setPolicies([policy(asking(.deny, on: operation))])
                let isExec = operation == .processExec
                let path = isExec ? Lab.deniedProgram : Lab.deniedLibrary
                let (allowed, denied) =
                    isExec
                    ? (Lab.exec(Lab.tiny), Lab.exec(path))
                    : (acts_map_executable(Lab.library), acts_map_executable(path))
                try expect(allowed, 0, "\(asked), allowed")
                try expect(denied, refused, "\(asked), denied")
                let event = try await lab.expectDenial(operation, of: path)
                try expect(event.decision.rule, "asked", "rule of \(asked)")
                try await lab.setPolicies([])
            }
        },
        Scenario("ask rule: with nobody there its default stands, at once") { lab in
            for fallback in [Rule.Fallback.deny, .allow] {
                try await lab.setPolicies([policy(asking(fallback, timeout: 5000))])
                let took = try milliseconds {
                    try expect(Lab.exec(Lab.tiny), fallback == .deny ? refused : 0, "exec, \(fallback)")
                }
                try requireInTime(took < 2500, "exec took \(took) ms with nobody to ask")
                let event = try await lab.expectEvent("the default \(fallback)") {
                    $0.decision.cause == "no-authoriser"
                }
                try expect(event.decision.rule, "asked", "rule")
                try expect(event.decision.vendor, "site", "vendor of the rule")
                try expect(event.decision.verdict, fallback == .deny ? .deny : .allow, "verdict")
                lab.forgetEvents()
            }
            try await lab.setPolicies([])
        },
        Scenario("ask rule: an agent that never answers holds for the rule's timeout, and the rule's default stands") {
            lab in
            for (fallback, own) in [(Rule.Fallback.deny, Rule.Fallback.allow), (.allow, .deny)] {
                let agent = try await agent(.silent, lab, deadline: 20_000, fallback: own)
                defer { agent.end() }
                try await lab.setPolicies([policy(asking(fallback, timeout: 400))])
                let took = try milliseconds {
                    try expect(Lab.exec(Lab.tiny), fallback == .deny ? refused : 0, "exec, \(fallback)")
                }
                try requireInTime((350...400 + slack).contains(took), "exec took \(took) ms")
                let event = try await lab.expectEvent("the default \(fallback)") { $0.decision.cause == "timed-out" }
                try expect(event.decision.policy + "/" + event.decision.rule, "asking/asked", "rule")
                try expect(event.decision.vendor, vendor, "vendor")
                lab.forgetEvents()
                try await lab.setPolicies([])
            }
        },
        Scenario("ask rule: the first match decides, the site's allow and deny rank above a vendor's question") { lab in
            try enrol(lab)
            let root = Condition(.user([.id(0)]))
            let nobody = Condition(.user([.id(54_321)]))
            try await lab.setPolicies([policy(site(.allow, subject: root), asking(.deny))])
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec that the first rule allows")
            try await lab.setPolicies([policy(site(.allow, subject: nobody), asking(.deny))])
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec that the second rule asks about")
            var ofVendor = policy(asking(.deny))
            ofVendor.name = "theirs"
            ofVendor.vendor = vendor
            try await lab.setPolicies([ofVendor])
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec that a vendor's rule asks about")
            try await lab.setPolicies([ofVendor, policy(site(.allow))])
            try expect(Lab.exec(Lab.tiny), 0, "exec that the site allows")
            try await lab.setPolicies([ofVendor, policy(site(.deny))])
            try expect(Lab.exec(Lab.tiny), refused, "exec that the site denies")
            let event = try await lab.expectDenial(.processExec, of: Lab.tiny)
            try expect(event.decision.rule, "deny", "rule that denied")
            var denying = policy(site(.deny))
            denying.name = "theirs"
            denying.vendor = vendor
            try await lab.setPolicies([denying, policy(asking(.allow))])
            try expect(Lab.exec(Lab.tiny), 0, "exec that the site asks about and a vendor denies")
            let agent = try await agent(.deciding, lab)
            defer { agent.end() }
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec that the asked agent denies")
            try await lab.setPolicies([policy(site(.deny)), policy(asking(.deny), name: "beside")])
            try expect(Lab.exec(Lab.tiny), refused, "exec that an answer allows and another policy denies")
            try await lab.setPolicies([])
        },
        Scenario("ask rule: nothing is held when no policy asks any more") { lab in
            try await expectNoMarks(lab, "before")
            try await lab.setPolicies([policy(asking(.allow))])
            try require(marks(lab) > 0, "nothing is held for a rule that asks")
            try await lab.setPolicies([policy(asking(.allow), mode: .audit)])
            try expect(marks(lab), 0, "marks for a policy in audit mode")
            try await lab.setPolicies([policy(asking(.allow))])
            try await lab.setPolicies([])
            try expect(marks(lab), 0, "marks afterwards")
            lab.daemon.send(SIGSTOP)
            defer { lab.daemon.send(SIGCONT) }
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try requireInTime(took < 150, "an exec took \(took) ms with the daemon stopped: it is held")
        },
        Scenario("ask rule: a daemon that is killed lets executions go on, and the next one asks again") { lab in
            try await lab.setPolicies([policy(asking(.deny))])
            try expect(Lab.exec(Lab.tiny), refused, "exec")
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec without a daemon") }
            try requireInTime(took < 1000 + slack, "exec took \(took) ms")
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try await lab.connect()
            try expect(Lab.exec(Lab.tiny), refused, "exec under the stored policy")
            try await lab.setPolicies([])
            try expect(Lab.exec(Lab.tiny), 0, "exec without a policy")
        },
    ]

    // MARK: Words

    private static func policy(_ rules: Rule..., name: String = "asking", mode: Policy.Mode = .enforce) -> Policy {
        Policy(name: name, mode: mode, rules: rules)
    }

    /// A rule that asks about everything in the lab.
    private static func asking(
        _ fallback: Rule.Fallback, timeout: UInt32 = 5000, on operation: EndpointModel.Operation = .processExec,
        access: [Access] = []
    ) -> Rule {
        Rule(
            name: "asked", operations: [operation],
            object: Make.path(Lab.allowed + "/**", Lab.denied + "/**"), access: access, action: .ask,
            timeoutMilliseconds: timeout, onTimeout: fallback)
    }

    private static func site(_ action: Rule.Action, subject: Condition? = nil) -> Rule {
        Make.rule(
            action.rawValue, action, on: [.processExec], subject: subject,
            object: Make.path(Lab.allowed + "/**", Lab.denied + "/**"))
    }

    private static func agent(
        _ behaviour: Agent.Behaviour, _ lab: Lab, deadline: UInt32 = 2000, fallback: Rule.Fallback = .allow,
        asked: String = "process.exec"
    ) async throws -> AgentProcess {
        try enrol(lab)
        return try await AgentProcess(
            behaviour, of: vendor, in: lab, deadline: deadline, fallback: fallback, asked: asked)
    }

    /// Once: any scenario may be the first that is run.
    private static func enrol(_ lab: Lab) throws {
        if access(AgentProcess.folder(vendor) + "/key.pem", F_OK) == 0 { return }
        try expect(try AgentProcess.enrol(vendor, in: lab), 0, "enrol")
    }

    private static func expectNoMarks(_ lab: Lab, _ when: String) async throws {
        // The end of the last agent is seen a moment later.
        for _ in 0..<100 where marks(lab) > 0 { try await Task.sleep(for: .milliseconds(50)) }
        try expect(marks(lab), 0, "marks \(when)")
    }

    /// Mounts and file systems on which the daemon holds anything.
    private static func marks(_ lab: Lab) -> Int {
        let folder = "/proc/\(lab.daemon.pid)/fdinfo"
        return ((try? FileSystem.list(folder)) ?? []).reduce(0) { count, descriptor in
            guard let text = try? Lab.read("\(folder)/\(descriptor)") else { return count }
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            return count + lines.count { $0.hasPrefix("fanotify mnt_id:") || $0.hasPrefix("fanotify sdev:") }
        }
    }

    private static func opened(_ path: String, _ flags: Int32) -> Int32 { AgentScenarios.opened(path, flags) }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Int64 {
        try AgentScenarios.milliseconds(body)
    }
}
