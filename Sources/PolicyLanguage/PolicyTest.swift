// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// One entry of a policy's `tests:`: an attempt, and what the policy shall make of it.
public struct PolicyTest: Hashable, Sendable {
    public enum Expectation: String, CaseIterable, Hashable, Sendable {
        case allow, deny
        /// A policy in audit mode would deny.
        case audit
        /// Whoever is entitled to answer is asked.
        case ask
    }

    /// Unique among the tests of the policy.
    public var name: String
    public var attempt: Attempt
    public var expected: Expectation
    /// The rule that shall decide; `nil` when the test doesn't say.
    public var rule: String?
    /// Of the file, where the test begins; from 1.
    public var line: Int

    public init(name: String, attempt: Attempt, expected: Expectation, rule: String? = nil, line: Int) {
        self.name = name
        self.attempt = attempt
        self.expected = expected
        self.rule = rule
        self.line = line
    }
}
