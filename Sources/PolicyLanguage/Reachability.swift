// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// Finds the rules of a policy that never decide anything.
///
/// A rule is unreachable if on each of its operations, for every subject and every object that it matches, an earlier
/// rule matches as well. Paths fall into finitely many classes, so that can be found out exactly: the classes are those
/// of the policy's own automaton that a resolved path can have, and the unresolvable path. Most rules show a witness at
/// once, a subject and object that no earlier rule matches; so the cost is near linear but for rules that are in fact
/// unreachable.
///
/// Where that costs too much, because the patterns can't be determinised together or ``budget`` is used up, a rule counts
/// as unreachable only if one earlier rule has all its operations and on either side the same condition or none.
struct Reachability {
    struct Unreachable: Equatable {
        var rule: Int
        /// The rules that match before it, ascending. Empty if it matches nothing at all.
        var covering: [Int]
    }

    /// Words of rule sets looked at: about a tenth of a second.
    static let budget = 100_000_000

    private let rules: [Rule]
    private let points: RulePoints
    private var spent = 0

    static func unreachableRules(of rules: [Rule], budget: Int = budget) -> [Unreachable] {
        guard let points = RulePoints(rules) else {
            return rules.indices.compactMap { plainlyUnreachable($0, rules) }
        }
        var search = Reachability(rules: rules, points: points)
        return rules.indices.compactMap { rule in
            search.spent < budget ? search.unreachable(rule, budget: budget) : plainlyUnreachable(rule, rules)
        }
    }

    private init(rules: [Rule], points: RulePoints) {
        self.rules = rules
        self.points = points
    }

    private mutating func unreachable(_ rule: Int, budget: Int) -> Unreachable? {
        var covering: Set<Int> = []
        let subjects = points.subjects.filter { $0.contains(rule) }
        for operation in rules[rule].operations {
            let onOperation = points.rules(on: operation)
            let objects = points.objects(of: operation)
            for object in objects where object.contains(rule) {
                let both = onOperation.intersection(object)
                for subject in subjects {
                    spent += both.words.count
                    guard let first = both.first(alsoIn: subject), first != rule else { return nil }
                    covering.insert(first)
                }
                if spent > budget { return Self.plainlyUnreachable(rule, rules) }
            }
        }
        return Unreachable(rule: rule, covering: covering.sorted())
    }

    private static func plainlyUnreachable(_ rule: Int, _ rules: [Rule]) -> Unreachable? {
        let own = rules[rule]
        let earlier = rules[..<rule].firstIndex { other in
            other.operations.count >= own.operations.count && own.operations.allSatisfy(other.operations.contains)
                && (other.subject == nil || other.subject == own.subject)
                && (other.object == nil || other.object == own.object)
        }
        return earlier.map { Unreachable(rule: rule, covering: [$0]) }
    }
}
