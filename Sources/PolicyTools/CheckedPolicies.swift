// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import PolicyCompiler
package import PolicyLanguage

/// Policies that are in force together, decided twice: by the compiled tables, as the kernel does, and by the
/// reference evaluator. Whoever tells people what a policy does asks here, so that a defect of either can't pass for an
/// answer.
package struct CheckedPolicies: Sendable {
    package let policies: [Policy]
    package let accounts: AccountDirectory
    private let tables: PolicyTables
    private let reference: ReferenceEvaluator

    /// - Throws: what makes them no policies, or the limit that they exceed together.
    package init(_ policies: [Policy], accounts: AccountDirectory = AccountDirectory()) throws(PolicyCompilerError) {
        self.policies = policies
        self.accounts = accounts
        tables = try PolicyCompiler.compile(policies, accounts: accounts)
        reference = ReferenceEvaluator(policies, accounts: accounts)
    }

    /// Decides `attempt`, whose object must be of the kind that its operation has.
    ///
    /// - Throws: where the two evaluators disagree, which is a defect of ours.
    package func decide(_ attempt: Attempt) throws(Disagreement) -> Outcome {
        let (verdict, clause) = tables.decide(attempt)
        var compiled = Decision(verdict: verdict)
        if let clause {
            let name = tables.names[clause]
            compiled = Decision(verdict: verdict, policy: name.policy, rule: name.rule, vendor: name.vendor)
        }
        let meant = reference.decide(attempt)
        guard compiled == meant else { throw Disagreement(attempt: attempt, compiled: compiled, meant: meant) }
        return Outcome(decision: meant, result: result(of: meant))
    }

    private func result(of decision: Decision) -> PolicyTest.Expectation {
        switch decision.verdict {
        case .audit: .audit
        case .allow, .deny:
            if rule(of: decision)?.action == .ask { .ask } else { decision.verdict == .deny ? .deny : .allow }
        }
    }

    private func rule(of decision: Decision) -> Rule? {
        policies.first { $0.name == decision.policy }?.rules.first { $0.name == decision.rule }
    }
}

/// What policies make of an attempt.
package struct Outcome: Hashable, Sendable {
    /// The verdict and who decided; names are empty when no rule concerned the attempt.
    package var decision: Decision
    /// The verdict, but `ask` where the rule that decided asks.
    package var result: PolicyTest.Expectation
}

/// The compiled tables decide otherwise than the policies mean: a defect of the platform, to be reported.
package struct Disagreement: Error, Sendable, CustomStringConvertible {
    package var attempt: Attempt
    package var compiled: Decision
    package var meant: Decision

    package var description: String {
        func text(_ decision: Decision) -> String {
            decision.rule.isEmpty
                ? decision.verdict.rawValue : "\(decision.verdict.rawValue) by \(decision.policy)/\(decision.rule)"
        }
        return "internal error: the compiled tables decide \(text(compiled)) and the policies mean \(text(meant)) for"
            + " \(attempt); please report it with the policies"
    }
}
