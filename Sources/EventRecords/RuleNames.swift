// SPDX-License-Identifier: Apache-2.0

/// Names of the rules of a generation, to put into events.
public protocol RuleNames: Sendable {
    /// The policy, rule and vendor of a rule number in a generation; `nil` when that generation isn't known any more.
    func name(ofRule number: UInt32, generation: UInt64) -> (policy: String, rule: String, vendor: String)?
}
