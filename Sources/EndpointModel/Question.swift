// SPDX-License-Identifier: Apache-2.0

/// A held operation that authorisers are asked about: whoever attempts it waits until there is a verdict.
public struct Question: Hashable, Sendable, Codable {
    /// Unique as long as the platform runs, and growing.
    public var id: UInt64
    public var operation: Operation
    /// `file.open`: `read`, `write` or both, in this order; else empty.
    public var access: [Access]
    /// The process that attempts it and waits.
    public var subject: Process
    /// The file that is executed, loaded or opened.
    public var file: FileObject
    /// When the operation was held, nanoseconds of CLOCK_BOOTTIME.
    public var askedAt: UInt64
    /// By when to answer, nanoseconds of CLOCK_BOOTTIME: an answer at this instant is late. Of a question that was
    /// delivered it is the recipient's own, of any other the latest of all who are asked. It never changes.
    public var deadline: UInt64
    /// What applies without an answer. Of a question that was delivered it is a deny if the recipient declared that, or
    /// if it is what applies when nobody answers at all.
    public var fallback: Rule.Fallback
    /// The policy whose rule asks; empty when authorisers are asked without one.
    public var policy: String
    /// The rule of ``policy`` that asks.
    public var rule: String

    public init(
        id: UInt64, operation: Operation, access: [Access] = [], subject: Process, file: FileObject,
        askedAt: UInt64, deadline: UInt64, fallback: Rule.Fallback, policy: String = "", rule: String = ""
    ) {
        self.id = id
        self.operation = operation
        self.access = access
        self.subject = subject
        self.file = file
        self.askedAt = askedAt
        self.deadline = deadline
        self.fallback = fallback
        self.policy = policy
        self.rule = rule
    }
}
