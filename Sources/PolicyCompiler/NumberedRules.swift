// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// The rules of all policies in evaluation order, with the lists of patterns they refer to.
///
/// Order: the site's policies before vendors', policies as they were handed in, rules as they were written. The first
/// set bit of an intersection of sets is then the rule that comes first.
struct NumberedRules {
    struct Entry {
        var rule: Rule
        var table: PolicyTables.Rule
        var name: PolicyTables.Name
    }

    let entries: [Entry]
    /// Lists of patterns, each different one once.
    let conditions: [PathAutomaton.Condition]
    let subject: Side
    let object: Side

    init(_ policies: [Policy]) {
        var entries: [Entry] = []
        for tier in UInt8(1)...2 {
            for policy in policies where Self.tier(of: policy) == tier {
                let end = UInt32(entries.count + policy.rules.count)
                for rule in policy.rules {
                    let action = Self.action(of: rule, in: policy)
                    entries.append(
                        Entry(
                            rule: rule,
                            table: PolicyTables.Rule(action: action.rawValue, tier: tier, policyEnd: end),
                            name: PolicyTables.Name(policy: policy.name, rule: rule.name, vendor: policy.vendor)))
                }
            }
        }
        var conditions: [PathAutomaton.Condition] = []
        var numbers: [Set<PathPattern>: Int] = [:]
        let all = entries
        func side(_ condition: KeyPath<Rule, PathCondition?>) -> Side {
            var side = Side(ruleCount: all.count)
            for (number, entry) in all.enumerated() {
                guard let condition = entry.rule[keyPath: condition] else {
                    side.unconditional.insert(number)
                    continue
                }
                let patterns = Set(condition.patterns)
                var list = conditions.count
                if let known = numbers[patterns] {
                    list = known
                } else {
                    numbers[patterns] = list
                    conditions.append(PathAutomaton.Condition(patterns: patterns.sorted { $0.text < $1.text }))
                }
                // Over several automata "none matches" can't be told by one of them.
                if condition.inverted { conditions[list].isDivisible = false }
                side.insert(number, condition, list: list)
            }
            return side
        }
        subject = side(\.subject)
        object = side(\.object)
        self.entries = entries
        self.conditions = conditions
    }

    static func tier(of policy: Policy) -> UInt8 { policy.vendor == "site" ? 1 : 2 }

    private static func action(of rule: Rule, in policy: Policy) -> PolicyTables.Action {
        switch (rule.action, policy.mode) {
        case (.allow, .enforce): .allow
        case (.deny, .enforce): .deny
        case (.deny, .audit): .audit
        case (.allow, .audit): .pass
        }
    }
}

extension NumberedRules {
    /// Which rules ask for which list of patterns, of the subject or of the object.
    struct Side {
        /// Rules without a condition.
        var unconditional: RuleSet
        /// Rules that an unresolvable path satisfies, those without a condition not included.
        private(set) var unresolvable: RuleSet
        /// By list: rules that want a match, and rules that want none.
        private(set) var plain: [Int: [Int]] = [:]
        private(set) var inverted: [Int: [Int]] = [:]

        init(ruleCount: Int) {
            unconditional = RuleSet(ruleCount: ruleCount)
            unresolvable = RuleSet(ruleCount: ruleCount)
        }

        var isEmpty: Bool { plain.isEmpty && inverted.isEmpty }

        mutating func insert(_ rule: Int, _ condition: PathCondition, list: Int) {
            if condition.inverted {
                inverted[list, default: []].append(rule)
            } else {
                plain[list, default: []].append(rule)
            }
            if condition.unresolvable != condition.inverted { unresolvable.insert(rule) }
        }
    }
}
