// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What policies mean: a plain loop over policies and rules, with the plain matcher. The compiled tables are tested
/// against it, in Swift and in the kernel.
public struct ReferenceEvaluator: Sendable {
    private let tiers: [[Policy]]
    /// Patterns parsed once.
    private let alternatives: [PathPattern: [[PathPattern.Element]]]

    public init(_ policies: [Policy]) {
        tiers = [policies.filter { $0.vendor == "site" }, policies.filter { $0.vendor != "site" }]
        var alternatives: [PathPattern: [[PathPattern.Element]]] = [:]
        for rule in policies.flatMap(\.rules) {
            for pattern in (rule.subject?.patterns ?? []) + (rule.object?.patterns ?? []) {
                alternatives[pattern] = pattern.alternatives
            }
        }
        self.alternatives = alternatives
    }

    /// `nil` is a side that the operation hasn't got.
    ///
    /// - Returns: the verdict and who decided; empty names when no rule concerned the operation.
    public func decide(_ operation: Operation, subject: ObservedPath?, object: ObservedPath?) -> Decision {
        var decision = Decision(verdict: .allow)
        for tier in tiers {
            var isAllowed = false
            for policy in tier {
                let first = policy.rules.first {
                    $0.operations.contains(operation) && satisfies(subject, $0.subject) && satisfies(object, $0.object)
                }
                guard let rule = first else { continue }
                var own = Decision(verdict: .deny, policy: policy.name, rule: rule.name, vendor: policy.vendor)
                switch (policy.mode, rule.action) {
                case (.enforce, .deny): return own
                case (.enforce, .allow):
                    isAllowed = true
                    own.verdict = .allow
                    if decision.rule.isEmpty { decision = own }
                case (.audit, .deny):
                    own.verdict = .audit
                    if decision.verdict != .audit { decision = own }
                case (.audit, .allow): break
                }
            }
            if isAllowed { return decision }
        }
        return decision
    }

    private func satisfies(_ path: ObservedPath?, _ condition: PathCondition?) -> Bool {
        guard let condition else { return true }
        guard let path else { return false }
        let isInList =
            path.unresolvable == nil
            ? condition.patterns.contains { matches($0, path.bytes) }
            : condition.unresolvable
        return isInList != condition.inverted
    }

    private func matches(_ pattern: PathPattern, _ path: [UInt8]) -> Bool {
        (alternatives[pattern] ?? []).contains { PathPattern.matches($0, path) }
    }
}
