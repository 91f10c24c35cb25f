// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// What a rule asks, in words.
package enum RuleText {
    /// Entries of a list that are written out.
    private static let shown = 4

    /// A line each, such as `object.path in /tmp/**, /var/tmp/**`; empty where the rule matches everything.
    package static func conditions(of rule: Rule, in policy: Policy) -> [String] {
        conditions(policy.scope, "scope") + conditions(rule.subject, "subject") + conditions(rule.object, "object")
            + line("access", rule.access.map(\.rawValue)) + line("signal", rule.signals.map(\.text))
            + line("mapping", rule.mappings.map(\.rawValue)) + line("area", rule.areas.map(\.rawValue))
    }

    private static func conditions(_ condition: Condition?, _ place: String) -> [String] {
        guard let condition else { return [] }
        let all = condition.all.flatMap { line("\(place).\($0.field.rawValue)", $0.words) }
        guard !condition.not.isEmpty else { return all }
        let not = condition.not.flatMap { line("\(place).\($0.field.rawValue)", $0.words) }
        return all + ["not " + (not.count > 1 ? "(\(not.joined(separator: " and ")))" : not[0])]
    }

    private static func line(_ place: String, _ words: [String]) -> [String] {
        words.isEmpty ? [] : ["\(place) in \(list(words))"]
    }

    /// The first few, and how many more.
    package static func list(_ words: [String]) -> String {
        let head = words.prefix(shown).joined(separator: ", ")
        return words.count > shown ? "\(head) and \(words.count - shown) more" : head
    }
}
