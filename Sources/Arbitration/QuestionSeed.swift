// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// A held operation before it is known whom to ask.
public struct QuestionSeed: Hashable, Sendable {
    /// Whose operations aren't put to whom, so that nobody waits for itself.
    public enum Exemption: Hashable, Sendable {
        case none
        /// An agent's own, which its vendor isn't asked about.
        case ofVendor(String)
        /// The platform's own, which nobody is asked about.
        case ofPlatform
    }

    public var operation: Operation
    public var access: [Access]
    public var subject: Process
    public var file: FileObject
    /// What applies if nobody answers at all.
    public var fallback: Rule.Fallback
    /// The rule's own limit on waiting, nanoseconds; it shortens the vendors' deadlines, or stands for them where
    /// ``isByPolicy``.
    public var timeout: UInt64?
    /// Whether a policy's rule asks. Then everyone who authorises the operation is asked, whatever access it declared; all
    /// have ``timeout``; and who doesn't answer has no vote: with answers these decide, without any ``fallback`` does. Only
    /// what was declared for a queue that is full still counts.
    public var isByPolicy: Bool
    public var policy: String
    public var rule: String
    /// What an answer may stand for; `nil` if no answer is to stand for anything else.
    public var content: ContentKey?
    public var exemption: Exemption

    public init(
        operation: Operation, access: [Access] = [], subject: Process, file: FileObject, fallback: Rule.Fallback,
        timeout: UInt64? = nil, isByPolicy: Bool = false, policy: String = "", rule: String = "",
        content: ContentKey? = nil, exemption: Exemption = .none
    ) {
        self.operation = operation
        self.access = access
        self.subject = subject
        self.file = file
        self.fallback = fallback
        self.timeout = timeout
        self.isByPolicy = isByPolicy
        self.policy = policy
        self.rule = rule
        self.content = content
        self.exemption = exemption
    }
}
