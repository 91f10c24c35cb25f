// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Random policies over all operations and fields, for tests of whatever decides: the tables in Swift, and in the
/// kernel. ``RandomAttempts`` asks about them.
///
/// Names are few and short, so that lists overlap and attempts come close to them.
package enum RandomPolicies {
    /// Whom the names in the policies stand for.
    package static let accounts = AccountDirectory(
        users: ["root": 0, "alice": 1000, "alias": 1000], groups: ["root": 0, "wheel": 5, "staff": 50])

    /// Up to three policies of the site and of vendors, in both modes.
    ///
    /// - Parameter multiply: whether all paths are patterns that are spread over several automata where few states are
    ///   allowed.
    package static func policies(multiply: Bool = false, using random: inout SplitMix64) -> [Policy] {
        while true {
            let policies = policies(RandomConditions(multiply: multiply), using: &random)
            if isCheap(policies) { return policies }
        }
    }

    /// What containers' cgroups look like multiplies with other patterns: a debug build would take seconds.
    private static func isCheap(_ policies: [Policy]) -> Bool {
        let conditions = policies.flatMap { policy in
            (policy.scope?.all ?? []) + (policy.scope?.not ?? []) + policy.rules.flatMap(\.fieldConditions)
        }
        guard conditions.contains(where: { $0.field == .container }) else { return true }
        let patterns = conditions.filter { $0.field != .container }.flatMap { $0.pathList?.patterns ?? [] }
        return patterns.count { $0.text.dropLast(3).contains("*") } <= 1
    }

    private static func policies(_ conditions: RandomConditions, using random: inout SplitMix64) -> [Policy] {
        (0..<1 + random.below(3)).map { number in
            var rules = (0..<1 + random.below(4)).map { rule(number: $0, conditions, using: &random) }
            if random.oneIn(16) { addVariants(to: &rules, using: &random) }
            var scope: Condition?
            if random.oneIn(conditions.multiply ? 2 : 5) {
                scope = conditions.condition(Field.ofProcesses, most: 1, using: &random)
                for index in rules.indices { rules[index].unknownDigest = random.oneIn(2) ? .allow : .deny }
            }
            return Policy(
                name: "policy-\(number)", vendor: random.pick(["site", "acme", "zenith"]),
                mode: random.oneIn(4) ? .audit : .enforce, scope: scope, rules: rules)
        }
    }

    /// So many rules that sets have several words, with the same lists, so that the automaton stays small.
    private static func addVariants(to rules: inout [Rule], using random: inout SplitMix64) {
        let originals = rules
        for number in originals.count..<30 + random.below(100) {
            var rule = random.pick(originals)
            rule.name = "rule-\(number)"
            rule.subject = random.pick(originals).subject
            rule.unknownDigest = random.oneIn(2) ? .allow : .deny
            if rule.action != .ask { rule.action = random.oneIn(2) ? .allow : .deny }
            rules.append(rule)
        }
        rules.shuffle(using: &random)
    }

    private static let decidable = OperationCatalogue.all.filter(\.canDeny)

    private static func rule(
        number: Int, _ conditions: RandomConditions, using random: inout SplitMix64
    ) -> Rule {
        let descriptions = descriptions(using: &random)
        let fields = Field.allCases.filter { field in descriptions.allSatisfy { $0.fields.contains(field) } }
        var rule = Rule(name: "rule-\(number)", operations: descriptions.map(\.operation), action: .deny)
        if random.oneIn(2) {
            rule.subject = conditions.condition(Field.ofProcesses, most: 2, using: &random)
        }
        if !fields.isEmpty, !random.oneIn(4) {
            rule.object = conditions.condition(fields, most: 2, using: &random)
        }
        if descriptions.allSatisfy({ !$0.access.isEmpty }), random.oneIn(2) {
            let words = descriptions.flatMap { [random.pick($0.access), random.pick($0.access)] }
            rule.access = Access.allCases.filter(words.contains)
        }
        if descriptions.allSatisfy(\.hasSignal), random.oneIn(2) { rule.signals = some(signals, using: &random) }
        if descriptions.allSatisfy(\.hasMapping), random.oneIn(2) {
            rule.mappings = some(MappingKind.allCases, using: &random)
        }
        if descriptions.allSatisfy(\.hasArea), random.oneIn(2) {
            rule.areas = some(KernelArea.allCases, using: &random)
        }
        rule.action = random.oneIn(2) ? .allow : .deny
        if descriptions.allSatisfy(\.canAsk), random.oneIn(4) {
            rule.action = .ask
            rule.timeoutMilliseconds = 500
            rule.onTimeout = random.oneIn(2) ? .allow : .deny
        }
        if rule.asksForDigest { rule.unknownDigest = random.oneIn(2) ? .allow : .deny }
        return rule
    }

    /// Of one operation or several, mostly with the same kind of object.
    private static func descriptions(using random: inout SplitMix64) -> [OperationDescription] {
        let first = random.pick(decidable)
        var result = [first]
        for _ in 0..<random.below(3) {
            let others = random.oneIn(5) ? decidable : decidable.filter { $0.object == first.object }
            let other = random.pick(others)
            if !result.contains(other) { result.append(other) }
        }
        return result
    }

    static let signals = [0, 9, 15, 34, 64].map { Signal(number: $0)! }

    /// One or two.
    static func some<Element: Equatable>(_ elements: [Element], using random: inout SplitMix64) -> [Element] {
        let first = random.pick(elements)
        let second = random.pick(elements)
        return random.oneIn(2) || first == second ? [first] : [first, second]
    }
}
