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
            if let scope = policy.scope, let problem = ConditionCheck.problem(with: scope, of: "scope") {
                throw refuse(problem)
            }
            let asksForDigest = (policy.scope.map { $0.all + $0.not } ?? []).contains { $0.field == .digest }
            var ruleNames: Set<String> = []
            for rule in policy.rules {
                func refuse(_ problem: String) -> PolicyCompilerError {
                    .invalid(policy: policy.name, rule: rule.name, problem: problem)
                }
                guard Policy.isName(rule.name) else { throw refuse("has a name that isn't one: write \(grammar)") }
                guard ruleNames.insert(rule.name).inserted else { throw refuse("is there twice: rename one of them") }
                if let problem = problem(with: rule) { throw refuse(problem) }
                if asksForDigest || rule.asksForDigest, rule.unknownDigest == nil {
                    throw refuse(
                        "depends on a digest and doesn't say what becomes of an attempt while it isn't known: write"
                            + " unknown_digest: allow or unknown_digest: deny")
                }
            }
        }
    }

    private static func problem(with rule: Rule) -> String? {
        guard !rule.operations.isEmpty else { return "names no operation" }
        guard Set(rule.operations).count == rule.operations.count else { return "names an operation twice" }
        if let subject = rule.subject, let problem = ConditionCheck.problem(with: subject, of: "subject") {
            return problem
        }
        if let object = rule.object, let problem = ConditionCheck.problem(with: object, of: "object") {
            return problem
        }
        let descriptions = rule.operations.map(OperationCatalogue.description(of:))
        for description in descriptions {
            if let problem = problem(with: rule, on: description) { return problem }
        }
        for word in rule.access where !descriptions.contains(where: { $0.access.contains(word) }) {
            return "has the access '\(word.rawValue)', which none of its operations has"
        }
        for signal in rule.signals where Signal(number: Int(signal.number)) == nil {
            return "has a signal \(signal.number): write 0 to \(Signal.maximum)"
        }
        return problemOfAsking(rule, descriptions)
    }

    private static func problem(with rule: Rule, on description: OperationDescription) -> String? {
        let operation = description.operation.rawValue
        guard description.canDeny else { return "names \(operation), which can only be observed" }
        for condition in (rule.object?.all ?? []) + (rule.object?.not ?? [])
        where !description.fields.contains(condition.field) {
            return "has a condition on object.\(condition.field.rawValue), which \(operation) hasn't got"
        }
        func missing(_ field: String) -> String { "has a condition on \(field), which \(operation) hasn't got" }
        if !rule.access.isEmpty {
            if description.access.isEmpty { return missing("access") }
            if !rule.access.contains(where: description.access.contains) {
                return "has an access that \(operation) never is: it knows "
                    + description.access.map(\.rawValue).joined(separator: ", ")
            }
        }
        if !rule.signals.isEmpty, !description.hasSignal { return missing("signal") }
        if !rule.mappings.isEmpty, !description.hasMapping { return missing("mapping") }
        if !rule.areas.isEmpty, !description.hasArea { return missing("area") }
        return nil
    }

    private static func problemOfAsking(_ rule: Rule, _ descriptions: [OperationDescription]) -> String? {
        guard rule.action == .ask else {
            return rule.timeoutMilliseconds == nil && rule.onTimeout == nil
                ? nil : "has a timeout and doesn't ask: remove timeout and on_timeout"
        }
        for description in descriptions where !description.canAsk {
            return "asks about \(description.operation.rawValue), which can't be held for an answer"
        }
        guard rule.onTimeout != nil else {
            return "asks and doesn't say what becomes of the attempt without an answer: write on_timeout: allow or"
                + " on_timeout: deny"
        }
        let range = Rule.timeoutRange
        guard rule.timeoutMilliseconds.map(range.contains) ?? true else {
            return "asks with a timeout that isn't within \(Rule.timeoutText(range.lowerBound)) to"
                + " \(Rule.timeoutText(range.upperBound)): write one such as 500ms"
        }
        return nil
    }
}
