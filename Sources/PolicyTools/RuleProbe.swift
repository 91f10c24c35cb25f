// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler

/// Finds out why a rule doesn't match an attempt: the reference evaluator is asked about the rule with one condition
/// after the other, so that what a condition means is written down there alone.
struct RuleProbe {
    let policy: Policy
    let attempt: Attempt
    private let accounts: AccountDirectory

    init(_ policy: Policy, _ attempt: Attempt, accounts: AccountDirectory) {
        self.policy = policy
        self.attempt = attempt
        self.accounts = accounts
    }

    /// The rule that decides for this policy, if any matches.
    var firstMatch: Rule? { policy.rules.first { failure(of: $0) == nil } }

    /// The first of the rule's conditions that doesn't hold; `nil` when the rule matches.
    func failure(of rule: Rule) -> FailedCondition? {
        var bare = rule
        bare.subject = nil
        bare.object = nil
        bare.access = []
        bare.signals = []
        bare.mappings = []
        bare.areas = []
        guard matches(bare) else {
            return FailedCondition(
                place: "on", wanted: rule.operations.map(\.rawValue), found: attempt.operation.rawValue)
        }
        return detail(of: rule, bare) ?? condition(policy.scope, "scope", bare) { ($0, bare) }
            ?? condition(rule.subject, "subject", bare) { condition in
                var probe = bare
                probe.subject = condition
                return (nil, probe)
            }
            ?? condition(rule.object, "object", bare) { condition in
                var probe = bare
                probe.object = condition
                return (nil, probe)
            }
    }

    private func matches(_ rule: Rule, scope: Condition? = nil) -> Bool {
        let probe = Policy(name: policy.name, vendor: policy.vendor, scope: scope, rules: [rule])
        return !ReferenceEvaluator([probe], accounts: accounts).decide(attempt).rule.isEmpty
    }

    private func detail(of rule: Rule, _ bare: Rule) -> FailedCondition? {
        func check(
            _ place: String, _ wanted: [String], _ found: String, _ add: (inout Rule) -> Void
        ) -> FailedCondition? {
            var probe = bare
            add(&probe)
            return matches(probe) ? nil : FailedCondition(place: place, wanted: wanted, found: found)
        }
        let facts = AttemptFacts(attempt)
        return check("access", rule.access.map(\.rawValue), facts.access) { $0.access = rule.access }
            ?? check("signal", rule.signals.map(\.text), facts.signal) { $0.signals = rule.signals }
            ?? check("mapping", rule.mappings.map(\.rawValue), facts.mapping) { $0.mappings = rule.mappings }
            ?? check("area", rule.areas.map(\.rawValue), facts.area) { $0.areas = rule.areas }
    }

    /// - Parameter probe: the bare rule, or a scope beside it, with this condition and no other.
    private func condition(
        _ condition: Condition?, _ place: String, _ bare: Rule, _ probe: (Condition) -> (scope: Condition?, rule: Rule)
    ) -> FailedCondition? {
        guard let condition else { return nil }
        let facts = AttemptFacts(attempt)
        for field in condition.all {
            let (scope, rule) = probe(Condition(all: [field], not: []))
            guard !matches(rule, scope: scope) else { continue }
            return FailedCondition(
                place: "\(place).\(field.field.rawValue)", wanted: field.words,
                found: facts.text(of: field.field, place == "object" ? .object : .subject))
        }
        guard !condition.not.isEmpty else { return nil }
        let (scope, rule) = probe(Condition(all: [], not: condition.not))
        guard !matches(rule, scope: scope) else { return nil }
        return FailedCondition(
            place: "\(place).not." + condition.not.map(\.field.rawValue).joined(separator: "+"),
            wanted: condition.not.flatMap(\.words),
            found: condition.not.map { facts.text(of: $0.field, place == "object" ? .object : .subject) }
                .joined(separator: ", "))
    }
}

/// Why a rule doesn't match.
package struct FailedCondition: Hashable, Sendable {
    /// As in the policy: `on`, `access`, `subject.exe`, `object.not.path`, `scope.cgroup`.
    package var place: String
    /// What the policy says there; where `not` is in the place, what it must not be.
    package var wanted: [String]
    /// What the attempt has, or that it isn't known.
    package var found: String
}
