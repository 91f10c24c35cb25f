// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a policy must be before it is compiled. The policy language refuses the same, with lines and columns; the daemon
/// doesn't trust its client to have asked it.
enum PolicyCheck {
    static func check(_ policies: [Policy]) throws(PolicyCompilerError) {
        var names: Set<String> = []
        for policy in policies {
            func refuse(_ problem: String) -> PolicyCompilerError {
                .invalid(policy: policy.name, rule: "", problem: problem)
            }
            let grammar = Policy.nameGrammar
            guard Policy.isName(policy.name) else { throw refuse("has a name that isn't one: write \(grammar)") }
            guard Policy.isName(policy.vendor) else {
                throw refuse("has a vendor '\(policy.vendor)': write \(grammar)")
            }
            guard names.insert(policy.name).inserted else { throw refuse("is there twice: rename one of them") }
            guard Policy.isSummary(policy.summary) else {
                throw refuse("has a summary that isn't one line of at most \(Policy.maximumSummaryLength) bytes")
            }
            guard !policy.rules.isEmpty else { throw refuse("has no rules: write one or remove the policy") }
            var ruleNames: Set<String> = []
            for rule in policy.rules {
                func refuse(_ problem: String) -> PolicyCompilerError {
                    .invalid(policy: policy.name, rule: rule.name, problem: problem)
                }
                guard Policy.isName(rule.name) else { throw refuse("has a name that isn't one: write \(grammar)") }
                guard ruleNames.insert(rule.name).inserted else { throw refuse("is there twice: rename one of them") }
                if let problem = problem(with: rule) { throw refuse(problem) }
            }
        }
    }

    private static func problem(with rule: Rule) -> String? {
        guard !rule.operations.isEmpty else { return "names no operation" }
        guard Set(rule.operations).count == rule.operations.count else { return "names an operation twice" }
        for operation in rule.operations {
            let description = OperationCatalogue.description(of: operation)
            guard description.canDeny else { return "names \(operation.rawValue), which can only be observed" }
            if rule.subject != nil, !description.fields.contains(.subjectExe) {
                return "has a condition on subject.exe, which \(operation.rawValue) hasn't got"
            }
            if rule.object != nil, !description.fields.contains(.objectPath) {
                return "has a condition on object.path, which \(operation.rawValue) hasn't got"
            }
        }
        for condition in [rule.subject, rule.object] {
            if let condition, condition.patterns.isEmpty, !condition.unresolvable {
                return "has an empty list of paths"
            }
        }
        return nil
    }
}
