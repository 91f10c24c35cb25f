// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// Finds the rules of a policy that never decide anything.
///
/// A rule is unreachable if on each of its operations, for every subject and every object that it matches, an earlier
/// rule matches as well. Only executables and paths are looked into: a rule that asks for anything else besides (its
/// ``Particulars``) covers only rules that ask for exactly the same. So a rule that is reported surely is unreachable; of
/// rules that have nothing but executables and paths, all that are will be reported.
///
/// Paths fall into finitely many classes, so that can be found out exactly: the classes are those of the policy's own
/// automaton that a resolved path can have, and the unresolvable path. Most rules show a witness at once, a subject and
/// object that no earlier rule matches; so the cost is near linear but for rules that are in fact unreachable.
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
    private let particulars: [Particulars]
    private let points: RulePoints
    /// By particulars: the rules that have the same or none.
    private let comparable: [Particulars: RuleBits]
    private var spent = 0

    static func unreachableRules(of policy: Policy, budget: Int = budget) -> [Unreachable] {
        let rules = policy.rules
        let particulars = rules.map { Particulars($0, scope: policy.scope) }
        guard let points = RulePoints(rules) else {
            return rules.indices.compactMap { plainlyUnreachable($0, rules, particulars) }
        }
        var search = Reachability(rules: rules, particulars: particulars, points: points)
        return rules.indices.compactMap { rule in
            search.spent < budget
                ? search.unreachable(rule, budget: budget) : plainlyUnreachable(rule, rules, particulars)
        }
    }

    private init(rules: [Rule], particulars: [Particulars], points: RulePoints) {
        self.rules = rules
        self.particulars = particulars
        self.points = points
        var plain = RuleBits(count: rules.count)
        for (rule, its) in particulars.enumerated() where its == .none { plain.insert(rule) }
        var comparable: [Particulars: RuleBits] = [:]
        for (rule, its) in particulars.enumerated() { comparable[its, default: plain].insert(rule) }
        self.comparable = comparable
    }

    private mutating func unreachable(_ rule: Int, budget: Int) -> Unreachable? {
        var covering: Set<Int> = []
        let subjects = points.subjects.filter { $0.contains(rule) }
        let comparable = comparable[particulars[rule]]!
        for operation in rules[rule].operations {
            let onOperation = points.rules(on: operation).intersection(comparable)
            let objects = points.objects(of: operation)
            for object in objects where object.contains(rule) {
                let both = onOperation.intersection(object)
                for subject in subjects {
                    spent += both.words.count
                    guard let first = both.first(alsoIn: subject), first != rule else { return nil }
                    covering.insert(first)
                }
                if spent > budget { return Self.plainlyUnreachable(rule, rules, particulars) }
            }
        }
        return Unreachable(rule: rule, covering: covering.sorted())
    }

    private static func plainlyUnreachable(
        _ rule: Int, _ rules: [Rule], _ particulars: [Particulars]
    ) -> Unreachable? {
        let own = rules[rule]
        func covers(_ other: Condition?, _ condition: Condition?) -> Bool {
            let everything = PathSelection(nil)
            let selection = PathSelection(other)
            return selection == everything || selection == PathSelection(condition)
        }
        let earlier = rules[..<rule].indices.first { other in
            rules[other].operations.count >= own.operations.count
                && own.operations.allSatisfy(rules[other].operations.contains)
                && (particulars[other] == .none || particulars[other] == particulars[rule])
                && covers(rules[other].subject, own.subject) && covers(rules[other].object, own.object)
        }
        return earlier.map { Unreachable(rule: rule, covering: [$0]) }
    }
}
