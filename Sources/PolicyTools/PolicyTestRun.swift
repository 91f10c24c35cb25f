// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PolicyCompiler
package import PolicyLanguage

/// A policy's own tests, run on that policy alone: what else is in force is none of theirs.
package struct PolicyTestRun: Sendable {
    package struct Result: Hashable, Sendable {
        package var test: PolicyTest
        package var outcome: Outcome
        /// The rule that came first of those that match; `nil` when none does. Of a policy in audit mode it may be an
        /// allow rule, which decides for its policy and is in no decision.
        package var rule: String?

        package var isAsExpected: Bool {
            outcome.result == test.expected && (test.rule == nil || test.rule == rule)
        }
    }

    package let policy: Policy
    /// In the order of the file.
    package let results: [Result]

    package init(
        _ policy: Policy, tests: [PolicyTest], accounts: AccountDirectory = AccountDirectory()
    ) throws {
        let policies = try CheckedPolicies([policy], accounts: accounts)
        self.policy = policy
        results = try tests.map { test in
            Result(
                test: test, outcome: try policies.decide(test.attempt),
                rule: RuleProbe(policy, test.attempt, accounts: accounts).firstMatch?.name)
        }
    }

    package var failures: Int { results.count { !$0.isAsExpected } }
}
