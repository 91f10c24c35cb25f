// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Random policies and questions about them, for tests of whatever decides: the tables in Swift, and in the kernel.
///
/// Names are few and short, so that patterns overlap and paths come close to them.
package enum RandomPolicies {
    /// What an operation is asked with. `nil` is a side that it hasn't got.
    package struct Question: Sendable {
        package var operation: Operation
        package var subject: ObservedPath?
        package var object: ObservedPath?
    }

    /// Up to three policies of the site and of vendors, in both modes.
    package static func policies(using random: inout SplitMix64) -> [Policy] {
        (0..<1 + random.below(3)).map { number in
            let rules = (0..<1 + random.below(4)).map { rule(number: $0, using: &random) }
            return Policy(
                name: "policy-\(number)", vendor: random.pick(["site", "acme", "zenith"]),
                mode: random.oneIn(4) ? .audit : .enforce, rules: rules)
        }
    }

    /// A question about one of `policies`: its paths are made from their patterns, and often miss them by a little.
    package static func question(about policies: [Policy], using random: inout SplitMix64) -> Question {
        let rules = policies.flatMap(\.rules)
        let subjects = rules.flatMap { $0.subject?.patterns ?? [] }
        let objects = rules.flatMap { $0.object?.patterns ?? [] }
        let operation = random.pick([Operation.processExec, .imageLoad, .processCreate])
        return Question(
            operation: operation, subject: observed(subjects, using: &random),
            object: operation == .processCreate ? nil : observed(objects, using: &random))
    }

    private static func observed(_ patterns: [PathPattern], using random: inout SplitMix64) -> ObservedPath {
        if random.oneIn(8) { return ObservedPath(bytes: [], unresolvable: .anonymous) }
        return ObservedPath(bytes: RandomPaths.path(near: patterns, using: &random))
    }

    private static func rule(number: Int, using random: inout SplitMix64) -> Rule {
        var operations: [Operation] = []
        for operation in [Operation.processExec, .imageLoad] where !random.oneIn(3) { operations.append(operation) }
        if operations.isEmpty { operations = [random.pick([Operation.processCreate, .processExec])] }
        let takesObject = !operations.contains(.processCreate)
        return Rule(
            name: "rule-\(number)", operations: operations,
            subject: random.oneIn(2) ? condition(using: &random) : nil,
            object: takesObject && !random.oneIn(4) ? condition(using: &random) : nil,
            action: random.oneIn(2) ? .allow : .deny)
    }

    private static func condition(using random: inout SplitMix64) -> PathCondition {
        let unresolvable = random.oneIn(4)
        let count = (unresolvable ? 0 : 1) + random.below(2)
        return PathCondition(
            patterns: (0..<count).map { _ in RandomPaths.pattern(using: &random) }, unresolvable: unresolvable,
            inverted: random.oneIn(4))
    }
}
