// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton

/// The different things that a policy's rules can be asked about: sets of rules whose subject condition, or object
/// condition, one and the same path satisfies. Only ``PathSelection``s are looked at.
struct RulePoints {
    let subjects: [RuleBits]
    /// Of the files and the processes that operations are attempted on. No rule has conditions on both.
    private let objects: [RuleBits]
    /// The one object of operations that have none to select.
    private let noObject: RuleBits
    private let byOperation: [Operation: RuleBits]

    /// `nil` when the patterns can't be determinised together.
    init?(_ rules: [Rule]) {
        let subjectSelections = rules.map { PathSelection($0.subject) }
        let objectSelections = rules.map { PathSelection($0.object) }
        guard let lists = NumberedLists(subjectSelections + objectSelections) else { return nil }
        subjects = lists.points(subjectSelections)
        objects = lists.points(objectSelections)
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
        OperationCatalogue.description(of: operation).fields.isEmpty ? [noObject] : objects
    }
}

/// The lists of patterns of some selections, and the sets of them that one path can be in.
private struct NumberedLists {
    private var numbers: [Set<PathPattern>: UInt32] = [:]
    private var classes: [[UInt32]] = []

    /// `nil` when the patterns can't be determinised together.
    init?(_ selections: [PathSelection]) {
        var conditions: [PathAutomaton.Condition] = []
        for list in selections.flatMap({ [$0.all, $0.not] }).compactMap({ $0 }) {
            let patterns = Set(list.patterns)
            guard numbers[patterns] == nil else { continue }
            numbers[patterns] = UInt32(conditions.count)
            conditions.append(PathAutomaton.Condition(patterns: list.patterns, isDivisible: false))
        }
        var limits = PathAutomaton.Limits()
        limits.automata = 1
        guard let automaton = try? PathAutomaton(conditions, limits: limits) else { return nil }
        classes = ResolvedClasses(automaton).classes
    }

    /// For each class of paths, and the unresolvable one, the rules whose selection it satisfies.
    func points(_ selections: [PathSelection]) -> [RuleBits] {
        var wanting: [UInt32: [Int]] = [:]
        var refusing: [UInt32: [Int]] = [:]
        var initial = RuleBits(count: selections.count)
        var unresolvable = RuleBits(count: selections.count)
        for (rule, selection) in selections.enumerated() {
            if let all = selection.all { wanting[number(all), default: []].append(rule) } else { initial.insert(rule) }
            if let not = selection.not { refusing[number(not), default: []].append(rule) }
            if selection.matchesUnresolvable { unresolvable.insert(rule) }
        }
        var result: Set<RuleBits> = [unresolvable]
        for satisfied in classes {
            var bits = initial
            for list in satisfied {
                for rule in wanting[list] ?? [] { bits.insert(rule) }
            }
            for list in satisfied {
                for rule in refusing[list] ?? [] { bits.remove(rule) }
            }
            result.insert(bits)
        }
        // Where fewer rules match, a witness is more likely.
        return result.map { (size: $0.size, bits: $0) }.sorted {
            $0.size == $1.size ? $0.bits.words.lexicographicallyPrecedes($1.bits.words) : $0.size < $1.size
        }.map(\.bits)
    }

    private func number(_ list: PathList) -> UInt32 { numbers[Set(list.patterns)]! }
}
