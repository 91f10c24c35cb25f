// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What this machine can decide, asked about a policy.
struct PolicyCoverage: Sendable {
    var report: Coverage
    /// Fields whose value can't be told here, with the reason.
    var missingFields: [Field: String]

    /// What can be held and asked about.
    var askable: Set<EndpointModel.Operation> { Set(report.operations.filter(\.ask).map(\.operation)) }

    /// What of a policy can't be decided on this machine, a sentence each.
    func complaints(about policy: Policy) -> [String] {
        let operations = Set(policy.rules.flatMap(\.operations))
        var complaints = report.operations.filter { operations.contains($0.operation) && !$0.deny }.map { cover in
            "policy '\(policy.name)' has rules on \(cover.operation.rawValue), which this machine can't decide at tier"
                + " \(report.tier.rawValue): \(cover.reason)"
        }
        for rule in policy.rules where rule.action == .ask {
            for cover in report.operations where rule.operations.contains(cover.operation) && !cover.ask {
                complaints.append(
                    "rule '\(rule.name)' of policy '\(policy.name)' asks about \(cover.operation.rawValue), which can't"
                        + " be asked about on this machine: \(cover.reason)")
            }
            let unknown = Set((rule.fieldConditions + policy.scopeConditions).map(\.field)).subtracting(
                Field.knownWhenHeld)
            for field in unknown.sorted(by: { $0.rawValue < $1.rawValue }) {
                complaints.append(
                    "rule '\(rule.name)' of policy '\(policy.name)' asks, and has a condition on \(field.rawValue), which"
                        + " isn't known while an operation is held: select by "
                        + Field.allCases.filter(Field.knownWhenHeld.contains).map(\.rawValue).joined(separator: ", "))
            }
        }
        for rule in policy.rules where rule.asksForVerity {
            for operation in rule.operations where operation != .processExec && operation != .imageLoad {
                complaints.append(
                    "rule '\(rule.name)' of policy '\(policy.name)' asks for the fs-verity digest of a file on"
                        + " \(operation.rawValue): the kernel tells it when a file is executed or loaded, so name"
                        + " process.exec or image.load")
            }
        }
        for field in Set(policy.fieldConditions.map(\.field)).sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let reason = missingFields[field] else { continue }
            complaints.append(
                "policy '\(policy.name)' asks for \(field.rawValue), which this machine can't tell: \(reason)")
        }
        return complaints
    }
}

extension Policy {
    fileprivate var scopeConditions: [FieldCondition] { scope.map { $0.all + $0.not } ?? [] }
}

extension Rule {
    fileprivate var asksForVerity: Bool { fieldConditions.contains { $0.field == .verity } }
}
