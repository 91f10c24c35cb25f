// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Random policies over all operations and fields: the tables decide as the plain loop over the rules does.
@Suite struct ReferenceAgreementTests {
    private static var isNightly: Bool { getenv("SALLYPORT_NIGHTLY").map { String(cString: $0) } == "1" }

    @Test func theTablesAgreeWithTheReferenceEvaluatorOnTwentyThousandRandomAttempts() throws {
        try checkAgreement(attempts: 20_000, seed: 0x5a11_7901)
    }

    @Test(.enabled(if: isNightly)) func theTablesAgreeWithTheReferenceEvaluatorOnAMillionRandomAttempts() throws {
        try checkAgreement(attempts: 1_000_000, seed: 0x5a11_7902)
    }

    /// When automata are too small for all patterns the sets of several are united.
    @Test func theTablesAgreeWhenPatternsAreSpreadOverSeveralAutomata() throws {
        var limits = PolicyCompiler.Limits()
        limits.states = 60
        let several = try checkAgreement(attempts: 8000, seed: 0x5a11_7903, multiply: true, limits: limits)
        #expect(several > 10)
    }

    /// - Returns: how many sets of policies needed several automata.
    @discardableResult private func checkAgreement(
        attempts: Int, seed: UInt64, multiply: Bool = false, limits: PolicyCompiler.Limits = .init()
    ) throws -> Int {
        var random = SplitMix64(seed: seed)
        var asked = 0
        var several = 0
        var counts: [Verdict: Int] = [:]
        var undecided = 0
        while asked < attempts {
            let policies = RandomPolicies.policies(multiply: multiply, using: &random)
            let tables: PolicyTables
            do throws(PolicyCompilerError) {
                tables = try PolicyCompiler.compile(policies, accounts: RandomPolicies.accounts, limits: limits)
            } catch {
                guard case .limit = error, limits != .init() else { throw error }
                continue
            }
            if tables.automata > 1 { several += 1 }
            let reference = ReferenceEvaluator(policies, accounts: RandomPolicies.accounts)
            let source = RandomAttempts(policies)
            for _ in 0..<80 {
                let attempt = source.attempt(using: &random)
                let decision = reference.decide(attempt)
                guard tables.decision(on: attempt) == decision else {
                    report(policies, attempt, limits)
                    return several
                }
                asked += 1
                counts[decision.verdict, default: 0] += 1
                if decision.rule.isEmpty { undecided += 1 }
            }
        }
        for verdict in Verdict.allCases {
            #expect(counts[verdict, default: 0] > asked / 20, "\(verdict) is too rare for agreement to mean much")
        }
        #expect(undecided > asked / 20)
        #expect(undecided < asked * 2 / 3)
        return several
    }

    /// Leaves out of `policies` what doesn't matter.
    private func report(_ policies: [Policy], _ attempt: Attempt, _ limits: PolicyCompiler.Limits) {
        func decisions(_ policies: [Policy]) -> (expected: Decision, found: Decision)? {
            let accounts = RandomPolicies.accounts
            guard let tables = try? PolicyCompiler.compile(policies, accounts: accounts, limits: limits) else {
                return nil
            }
            return (ReferenceEvaluator(policies, accounts: accounts).decide(attempt), tables.decision(on: attempt))
        }
        let smallest = PolicyShrinking.smallest(policies) { decisions($0).map { $0.expected != $0.found } == true }
        let (expected, found) = decisions(smallest)!
        Issue.record(
            """
            \(attempt)
            by \(smallest)
            is \(expected) to the reference evaluator and \(found) to the tables
            """)
    }
}

extension PolicyTables {
    fileprivate func decision(on attempt: Attempt) -> Decision {
        let (verdict, rule) = decide(attempt)
        guard let name = rule.map({ names[$0] }) else { return Decision(verdict: verdict) }
        return Decision(verdict: verdict, policy: name.policy, rule: name.rule, vendor: name.vendor)
    }
}
