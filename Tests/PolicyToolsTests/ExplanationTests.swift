// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import PolicyTools
import Testing

@Suite struct ExplanationTests {
    @Test func `Each rule before the match is shown with its first condition that doesn't hold`() throws {
        let rules = [
            Rule(name: "load", operations: [.imageLoad], action: .deny),
            Rule(
                name: "both", operations: [.processExec], subject: Condition(.exe(try patterns("/usr/bin/*"))),
                object: Condition(.path(try patterns("/opt/**"))), action: .allow),
            Rule(
                name: "except", operations: [.processExec],
                object: Condition(all: [], not: [.path(try patterns("/tmp/**"))]), action: .deny),
            Rule(name: "match", operations: [.processExec], action: .allow),
            Rule(name: "later", operations: [.processExec], action: .deny),
            Rule(name: "never", operations: [.fileMount], action: .deny),
        ]
        let policies = try CheckedPolicies([Policy(name: "p", rules: rules)])
        let explanation = try Explanation(attempt(.processExec, path: "/tmp/x"), by: policies)
        let trace = try #require(explanation.policies.first)
        #expect(trace.standing == .decides)
        #expect(trace.rules.map(\.rule.name) == ["load", "both", "except", "match", "later"])
        let places = trace.rules.map { rule -> String in
            switch rule.fate {
            case .fails(let failure): failure.place
            case .matches: "matches"
            case .comesLater: "later"
            }
        }
        #expect(places == ["on", "object.path", "object.not.path", "matches", "later"])
        #expect(explanation.reason.contains("'match' is the first rule of 'p'"))
    }

    @Test func `Tiers and modes are told apart`() throws {
        func policy(
            _ name: String, _ action: Rule.Action, vendor: String = "site", mode: Policy.Mode = .enforce
        ) -> Policy {
            Policy(
                name: name, vendor: vendor, mode: mode,
                rules: [Rule(name: "r", operations: [.processExec], action: action)])
        }
        func standings(_ policies: Policy...) throws -> [Explanation.Standing] {
            try Explanation(attempt(.processExec, path: "/x"), by: CheckedPolicies(policies)).policies.map(\.standing)
        }
        #expect(try standings(policy("a", .allow), policy("b", .deny)) == [.outranked, .decides])
        #expect(try standings(policy("v", .deny, vendor: "acme"), policy("a", .allow)) == [.decides, .notReached])
        #expect(
            try standings(policy("a", .deny, mode: .audit), policy("v", .deny, vendor: "acme")) == [
                .outranked, .decides,
            ])
        #expect(try standings(policy("a", .allow, mode: .audit), policy("b", .allow)) == [.silent, .decides])
        #expect(try standings(policy("a", .allow), policy("b", .deny, mode: .audit)) == [.outranked, .decides])
        #expect(try standings(policy("a", .allow, mode: .audit)) == [.silent])
    }

    @Test func `Random attempts are explained as they are decided`() throws {
        var random = SplitMix64(seed: 0x5a11_e001)
        var decided = 0
        for _ in 0..<40 {
            let policies = RandomPolicies.policies(using: &random)
            let checked = try CheckedPolicies(policies, accounts: RandomPolicies.accounts)
            let source = RandomAttempts(policies)
            for _ in 0..<15 {
                let explanation = try Explanation(source.attempt(using: &random), by: checked)
                let winners = explanation.policies.filter { $0.standing == .decides }
                let decision = explanation.outcome.decision
                guard !decision.rule.isEmpty else {
                    #expect(winners.isEmpty)
                    continue
                }
                decided += 1
                let isRight =
                    winners.count == 1 && winners[0].policy.name == decision.policy
                    && winners[0].match?.name == decision.rule
                #expect(isRight, "\(explanation.attempt)")
            }
        }
        #expect(decided > 100)
    }

    @Test func `What an event doesn't say is named where a policy asks for it`() throws {
        var details = EventDetails()
        details.target = ObservedPath("/usr/sbin/sshd")
        details.signal = Signal("KILL")
        let process = EventObject.process(ProcessIdentity(pid: 9, startTime: 1, execCount: 1))
        let observed = try #require(ObservedAttempt(event(.processSignal, object: process, details: details)))
        guard case .process(let facts) = observed.attempt.object else {
            Issue.record("not a process")
            return
        }
        #expect(facts.exe == ObservedPath("/usr/sbin/sshd"))
        let rule = Rule(
            name: "r", operations: [.processSignal], subject: Condition(.ancestor(try patterns("/usr/sbin/cron"))),
            object: Condition(.exe(try patterns("/usr/sbin/sshd")), not: [.user([.id(0)])]), action: .deny)
        #expect(observed.missing(for: [Policy(name: "p", rules: [rule])]) == ["subject.ancestor", "object.user"])
        var other = rule
        other.operations = [.processOpen]
        #expect(observed.missing(for: [Policy(name: "p", rules: [other])]).isEmpty)
        #expect(ObservedAttempt(event(.processExit, object: .exit(status: 0))) == nil)
    }
}
