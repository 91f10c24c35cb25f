// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Makes policies that a property doesn't hold for as small as they can be made by leaving things out.
package enum PolicyShrinking {
    /// Leaves out policies, rules, operations, conditions and members of lists, one at a time, as long as `fails` is
    /// still true of what remains.
    ///
    /// - Parameter fails: false where the rest is no policy any more.
    package static func smallest(_ policies: [Policy], where fails: ([Policy]) -> Bool) -> [Policy] {
        var current = policies
        while let next = smaller(current).first(where: fails) { current = next }
        return current
    }

    private static func smaller(_ policies: [Policy]) -> [[Policy]] {
        without(policies)
            + policies.indices.flatMap { index in
                smaller(policies[index]).map { policy in
                    var result = policies
                    result[index] = policy
                    return result
                }
            }
    }

    private static func smaller(_ policy: Policy) -> [Policy] {
        func with(_ rules: [Rule]) -> Policy {
            var result = policy
            result.rules = rules
            return result
        }
        var results = without(policy.rules).map(with)
        for scope in smaller(policy.scope) {
            var result = policy
            result.scope = scope
            results.append(result)
        }
        for (index, rule) in policy.rules.enumerated() {
            for smaller in smaller(rule) {
                var rules = policy.rules
                rules[index] = smaller
                results.append(with(rules))
            }
        }
        return results
    }

    private static func smaller(_ rule: Rule) -> [Rule] {
        var results: [Rule] = []
        func add<Value>(_ field: WritableKeyPath<Rule, Value>, _ values: [Value]) {
            for value in values {
                var result = rule
                result[keyPath: field] = value
                results.append(result)
            }
        }
        add(\.operations, without(rule.operations))
        add(\.subject, smaller(rule.subject))
        add(\.object, smaller(rule.object))
        add(\.access, without(rule.access))
        add(\.signals, without(rule.signals))
        add(\.mappings, without(rule.mappings))
        add(\.areas, without(rule.areas))
        return results
    }

    private static func smaller(_ condition: Condition?) -> [Condition?] {
        guard let condition else { return [] }
        var results: [Condition?] = [nil]
        func add(_ group: WritableKeyPath<Condition, [FieldCondition]>) {
            for fields in without(condition[keyPath: group]) {
                var result = condition
                result[keyPath: group] = fields
                results.append(result)
            }
            for (index, field) in condition[keyPath: group].enumerated() {
                for smaller in smaller(field) {
                    var result = condition
                    result[keyPath: group][index] = smaller
                    results.append(result)
                }
            }
        }
        add(\.all)
        add(\.not)
        return results
    }

    private static func smaller(_ field: FieldCondition) -> [FieldCondition] {
        func lists(_ list: PathList) -> [PathList] {
            without(list.patterns).map { PathList($0, unresolvable: list.unresolvable) }
                + (list.unresolvable ? [PathList(list.patterns)] : [])
        }
        let results: [FieldCondition] =
            switch field {
            case .path(let list): lists(list).map { .path($0) }
            case .exe(let list): lists(list).map { .exe($0) }
            case .cgroup(let list): lists(list).map { .cgroup($0) }
            case .ancestor(let list): lists(list).map { .ancestor($0) }
            case .interpreter(let list): lists(list).map { .interpreter($0) }
            case .digest(let list): without(list).map { .digest($0) }
            case .verity(let list): without(list).map { .verity($0) }
            case .filesystem(let list): without(list).map { .filesystem($0) }
            case .flags(let list): without(list).map { .flags($0) }
            case .user(let list): without(list).map { .user($0) }
            case .group(let list): without(list).map { .group($0) }
            case .capability(let list): without(list).map { .capability($0) }
            case .container(let list): without(list).map { .container($0) }
            case .vendor: []
            }
        return results.filter { !$0.isEmpty }
    }

    /// Each list that lacks one element of `elements`.
    private static func without<Element>(_ elements: [Element]) -> [[Element]] {
        elements.indices.map { index in
            var result = elements
            result.remove(at: index)
            return result
        }
    }
}
