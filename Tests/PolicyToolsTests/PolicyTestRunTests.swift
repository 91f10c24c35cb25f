// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import PolicyLanguage
import PolicyTools
import Testing

@Suite struct PolicyTestRunTests {
    private func policy(_ action: Rule.Action = .deny, mode: Policy.Mode = .enforce) throws -> Policy {
        var last = Rule(
            name: "tmp", operations: [.processExec], object: Condition(.path(try patterns("/tmp/**"))), action: action)
        if action == .ask {
            last.timeoutMilliseconds = 500
            last.onTimeout = .allow
        }
        let first = Rule(
            name: "apt", operations: [.processExec], subject: Condition(.exe(try patterns("/usr/bin/apt"))),
            action: .allow)
        return Policy(name: "p", mode: mode, rules: [first, last])
    }

    private func result(
        _ policy: Policy, exe: String = "/usr/bin/app", path: String, _ expected: PolicyTest.Expectation,
        rule: String? = nil
    ) throws -> PolicyTestRun.Result {
        let test = PolicyTest(
            name: "t", attempt: attempt(.processExec, exe: exe, path: path), expected: expected, rule: rule, line: 1)
        return try #require(try PolicyTestRun(policy, tests: [test]).results.first)
    }

    @Test func `Verdict and rule are held against what the test expects`() throws {
        #expect(try result(policy(), path: "/tmp/x", .deny).isAsExpected)
        #expect(try result(policy(), path: "/tmp/x", .deny, rule: "tmp").isAsExpected)
        #expect(try !result(policy(), path: "/tmp/x", .deny, rule: "apt").isAsExpected)
        #expect(try !result(policy(), path: "/tmp/x", .allow).isAsExpected)
        #expect(try result(policy(), path: "/usr/x", .allow).isAsExpected)
        #expect(try !result(policy(), path: "/usr/x", .allow, rule: "tmp").isAsExpected)
    }

    @Test func `A rule that asks is neither an allowance nor a denial`() throws {
        #expect(try result(policy(.ask), path: "/tmp/x", .ask, rule: "tmp").isAsExpected)
        #expect(try !result(policy(.ask), path: "/tmp/x", .allow).isAsExpected)
    }

    @Test func `In audit mode an allow rule is named as well, though no decision names it`() throws {
        let policy = try policy(mode: .audit)
        #expect(try result(policy, path: "/tmp/x", .audit, rule: "tmp").isAsExpected)
        #expect(try result(policy, exe: "/usr/bin/apt", path: "/tmp/x", .allow, rule: "apt").isAsExpected)
    }

    @Test func `A name that nobody knows is an error, one that is known is a number`() throws {
        var policy = try policy()
        policy.rules[1].subject = Condition(.user([.name("ann")]))
        let test = PolicyTest(name: "t", attempt: attempt(.processExec, path: "/tmp/x"), expected: .deny, line: 1)
        #expect(throws: PolicyCompilerError.self) { try PolicyTestRun(policy, tests: [test]) }
        let run = try PolicyTestRun(policy, tests: [test], accounts: AccountDirectory(users: ["ann": 1000]))
        #expect(run.failures == 0)
    }
}
