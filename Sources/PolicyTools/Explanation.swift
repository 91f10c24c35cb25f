// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PolicyLanguage

/// Why an attempt is decided as it is: every policy, which of its rules matches, why those before it don't, and why one
/// policy's decision counts and the others' don't.
package struct Explanation: Sendable {
    /// What became of a rule.
    package enum Fate: Hashable, Sendable {
        /// Its first condition that doesn't hold.
        case fails(FailedCondition)
        /// The first that matches: it decides for its policy.
        case matches
        /// It matches as well, but an earlier rule has decided.
        case comesLater
    }

    package struct RuleTrace: Hashable, Sendable {
        package var rule: Rule
        package var fate: Fate
    }

    /// What a policy's decision came to.
    package enum Standing: Hashable, Sendable {
        case noMatch
        /// It is the decision.
        case decides
        /// An allow rule of a policy in audit mode: it keeps its own later rules from reporting, and nothing else.
        case silent
        /// Another policy of the tier prevailed.
        case outranked
        /// The tier above it had decided already.
        case notReached
    }

    package struct PolicyTrace: Hashable, Sendable {
        package var policy: Policy
        /// Rules up to the first that matches, and the later ones that match as well.
        package var rules: [RuleTrace]
        package var standing: Standing

        /// The rule that decides for the policy.
        package var match: Rule? { rules.first { $0.fate == .matches }?.rule }
    }

    package let attempt: Attempt
    package let outcome: Outcome
    /// In the order of evaluation: the site's, then vendors', each as they were handed in.
    package let policies: [PolicyTrace]

    /// - Throws: ``Disagreement`` between the evaluators.
    package init(_ attempt: Attempt, by policies: CheckedPolicies) throws(Disagreement) {
        self.attempt = attempt
        outcome = try policies.decide(attempt)
        let isOfSite = { (policy: Policy) in policy.vendor == "site" }
        let ordered = policies.policies.filter(isOfSite) + policies.policies.filter { !isOfSite($0) }
        var traces = ordered.map { policy in
            let probe = RuleProbe(policy, attempt, accounts: policies.accounts)
            return PolicyTrace(policy: policy, rules: Self.trace(policy, probe), standing: .noMatch)
        }
        // An explicit decision of the site's, other than a report, ends the evaluation with its tier.
        let isSettled = traces.contains { trace in
            isOfSite(trace.policy) && trace.policy.mode == .enforce && trace.match != nil
        }
        for index in traces.indices {
            let trace = traces[index]
            guard let match = trace.match else { continue }
            traces[index].standing =
                if !isOfSite(trace.policy), isSettled {
                    .notReached
                } else if trace.policy.name == outcome.decision.policy, match.name == outcome.decision.rule {
                    .decides
                } else if trace.policy.mode == .audit, match.action == .allow || match.onTimeout == .allow {
                    .silent
                } else {
                    .outranked
                }
        }
        self.policies = traces
    }

    private static func trace(_ policy: Policy, _ probe: RuleProbe) -> [RuleTrace] {
        var traces: [RuleTrace] = []
        var isDecided = false
        for rule in policy.rules {
            if let failure = probe.failure(of: rule) {
                if !isDecided { traces.append(RuleTrace(rule: rule, fate: .fails(failure))) }
            } else {
                traces.append(RuleTrace(rule: rule, fate: isDecided ? .comesLater : .matches))
                isDecided = true
            }
        }
        return traces
    }

    /// Why the decision is the one it is, in one sentence.
    package var reason: String {
        let others = policies.contains { $0.standing == .outranked }
        let below = policies.contains { $0.standing == .notReached }
        let winner = policies.first { $0.standing == .decides }
        guard let winner, let rule = winner.match else {
            return "no rule that counts matches, and what no rule matches is allowed"
        }
        let first = "'\(rule.name)' is the first rule of '\(winner.policy.name)' that matches"
        let tier = winner.policy.vendor == "site" ? "the site's policies" : "vendors' policies"
        let rank: String =
            switch outcome.decision.verdict {
            case .deny: others ? "; among \(tier) deny wins over all else" : ""
            case .audit: others ? "; among \(tier) audit is told before allow and ask, and none of them denies" : ""
            case .allow where outcome.result == .ask:
                others ? "; among \(tier) ask wins over allow, and none of them denies" : ""
            case .allow: others ? "; no policy that counts denies or would, and it comes first" : ""
            }
        return first + rank + (below ? "; what the site decides is final for vendors" : "")
    }
}
