// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// The different things that a policy's rules can be asked about: sets of rules whose subject condition, or object
/// condition, one and the same path satisfies.
struct RulePoints {
    private(set) var subjects: [RuleBits]
    private var files: [RuleBits]
    /// The one object of operations that have no file.
    private let noObject: RuleBits
    private let byOperation: [Operation: RuleBits]

    /// `nil` when the patterns can't be determinised together.
    init?(_ rules: [Rule]) {
        var conditions: [PathAutomaton.Condition] = []
        var numbers: [Set<PathPattern>: Int] = [:]
        func list(_ condition: PathCondition) -> Int {
            let patterns = Set(condition.patterns)
            if let known = numbers[patterns] { return known }
            numbers[patterns] = conditions.count
            conditions.append(PathAutomaton.Condition(patterns: condition.patterns, isDivisible: false))
            return conditions.count - 1
        }
        let subjectLists = rules.map { $0.subject.map(list) }
        let objectLists = rules.map { $0.object.map(list) }
        var limits = PathAutomaton.Limits()
        limits.automata = 1
        guard let automaton = try? PathAutomaton(conditions, limits: limits) else { return nil }
        let classes = ResolvedClasses(automaton).classes

        func points(_ side: KeyPath<Rule, PathCondition?>, _ lists: [Int?]) -> [RuleBits] {
            // Rules by list and whether they want a match; rules that are satisfied until their list is.
            var wanting: [Int: [(rule: Int, inverted: Bool)]] = [:]
            var initial = RuleBits(count: rules.count)
            var unresolvable = RuleBits(count: rules.count)
            for (rule, list) in lists.enumerated() {
                guard let list, let condition = rules[rule][keyPath: side] else {
                    initial.insert(rule)
                    unresolvable.insert(rule)
                    continue
                }
                wanting[list, default: []].append((rule, condition.inverted))
                if condition.inverted { initial.insert(rule) }
                if condition.inverted != condition.unresolvable { unresolvable.insert(rule) }
            }
            var result: Set<RuleBits> = [unresolvable]
            for satisfied in classes {
                var bits = initial
                for list in satisfied {
                    for (rule, inverted) in wanting[Int(list)] ?? [] {
                        if inverted { bits.remove(rule) } else { bits.insert(rule) }
                    }
                }
                result.insert(bits)
            }
            // Where fewer rules match, a witness is more likely.
            return result.map { (size: $0.size, bits: $0) }.sorted {
                $0.size == $1.size ? $0.bits.words.lexicographicallyPrecedes($1.bits.words) : $0.size < $1.size
            }.map(\.bits)
        }
        subjects = points(\.subject, subjectLists)
        files = points(\.object, objectLists)
        var noObject = RuleBits(count: rules.count)
        var byOperation: [Operation: RuleBits] = [:]
        for (number, rule) in rules.enumerated() {
            if rule.object == nil { noObject.insert(number) }
            for operation in rule.operations {
                byOperation[operation, default: RuleBits(count: rules.count)].insert(number)
            }
        }
        self.noObject = noObject
        self.byOperation = byOperation
    }

    func rules(on operation: Operation) -> RuleBits { byOperation[operation]! }

    func objects(of operation: Operation) -> [RuleBits] {
        OperationCatalogue.description(of: operation).fields.contains(.objectPath) ? files : [noObject]
    }
}
