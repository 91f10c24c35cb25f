// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// A rule on one operation as a conjunction. A rule whose `not` has several fields is several clauses, as "not all of
/// these" is a disjunction; which of them matches makes no difference.
struct ComparedClause {
    struct Literal: Hashable {
        var attribute: AttemptAttribute
        var list: AskedList
        var isInverted = false
    }

    /// What makes two clauses the same, wherever they stand: with the same ones alive in the same order, two policies
    /// decide alike.
    struct Identity: Hashable {
        var policy: String
        var vendor: String
        var mode: Policy.Mode
        var rule: Rule
        var literals: [Literal]
    }

    var identity: Identity
    var rule: Rule { identity.rule }
    var literals: [Literal] { identity.literals }

    /// Whether a literal holds, as it stands or inverted, where the digest isn't known.
    var holdsWithoutDigest: Bool { leansToDeny == (rule.unknownDigest == .deny) }
    /// Whether it does where not all ancestors are known.
    var leansToDeny: Bool { rule.action != .allow }

    /// The clauses of all rules that concern `operation`, in the order of evaluation.
    static func clauses(of policies: [Policy], on description: OperationDescription) -> [ComparedClause] {
        let operation = description.operation
        let isOfSite = { (policy: Policy) in policy.vendor == "site" }
        return (policies.filter(isOfSite) + policies.filter { !isOfSite($0) }).flatMap { policy in
            policy.rules.filter { rule in
                rule.operations.contains(operation)
                    || operation == .threadOpen && rule.operations.contains(.processOpen)
            }.flatMap { clauses(of: $0, in: policy, on: description) }
        }
    }

    private static func clauses(
        of rule: Rule, in policy: Policy, on description: OperationDescription
    ) -> [ComparedClause] {
        var always: [Literal] = []
        if !rule.access.isEmpty { always.append(Literal(attribute: .access, list: .access(rule.access))) }
        if !rule.signals.isEmpty { always.append(Literal(attribute: .signal, list: .signals(rule.signals))) }
        if !rule.mappings.isEmpty { always.append(Literal(attribute: .mapping, list: .mappings(rule.mappings))) }
        if !rule.areas.isEmpty { always.append(Literal(attribute: .area, list: .areas(rule.areas))) }
        var choices: [[Literal]] = [[]]
        for (condition, object) in [
            (policy.scope, nil), (rule.subject, nil), (rule.object, Optional(description.object)),
        ] {
            guard let condition else { continue }
            always += condition.all.compactMap { literal($0, object, isInverted: false) }
            guard !condition.not.isEmpty else { continue }
            let inverted = condition.not.compactMap { literal($0, object, isInverted: true) }
            choices = choices.flatMap { choice in inverted.map { choice + [$0] } }
        }
        return choices.map { choice in
            ComparedClause(
                identity: Identity(
                    policy: policy.name, vendor: policy.vendor, mode: policy.mode, rule: rule,
                    literals: always + choice))
        }
    }

    private static func literal(
        _ field: FieldCondition, _ object: OperationDescription.Object?, isInverted: Bool
    ) -> Literal? {
        AttemptAttribute(field.field, of: object).map {
            Literal(attribute: $0, list: .field(field), isInverted: isInverted)
        }
    }
}
