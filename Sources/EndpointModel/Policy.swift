// SPDX-License-Identifier: Apache-2.0

/// A checked policy: what a vendor or the site hands in, in its typed form.
///
/// Text (YAML) becomes a `Policy` in `PolicyLanguage`, outside the root daemon; the daemon stores and compiles only
/// this form, and checks it again (`PolicyCompiler` throws on anything that the language would have refused).
public struct Policy: Hashable, Sendable, Codable {
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// Deny what a deny rule selects.
        case enforce
        /// Report what would be denied and allow it.
        case audit
    }

    /// What to do on a machine that can't decide an operation which the policy has rules on.
    public enum WhenUncovered: String, Sendable, Codable, CaseIterable {
        /// Refuse the policy.
        case refuse
        /// Install it, and observe where it can't decide.
        case audit
    }

    /// Unique among the policies of a machine: lower-case letters, digits, `-` and `.`, at most 63.
    public var name: String
    /// `site`, or a registered vendor's name.
    public var vendor: String
    /// One line for people; may be empty.
    public var summary: String
    public var mode: Mode
    public var whenUncovered: WhenUncovered
    /// Which subjects the policy concerns at all; `nil` is every one.
    public var scope: Condition?
    /// In order: the first that matches decides for this policy.
    public var rules: [Rule]

    public init(
        name: String, vendor: String = "site", summary: String = "", mode: Mode = .enforce,
        whenUncovered: WhenUncovered = .refuse, scope: Condition? = nil, rules: [Rule]
    ) {
        self.name = name
        self.vendor = vendor
        self.summary = summary
        self.mode = mode
        self.whenUncovered = whenUncovered
        self.scope = scope
        self.rules = rules
    }

    /// Every condition on a field, of the scope and of all rules.
    public var fieldConditions: [FieldCondition] {
        (scope.map { $0.all + $0.not } ?? []) + rules.flatMap(\.fieldConditions)
    }
}

/// One rule of a policy.
public struct Rule: Hashable, Sendable, Codable {
    public enum Action: String, Sendable, Codable, CaseIterable {
        case allow, deny
        /// Hold the operation and ask whoever is entitled to answer.
        case ask
    }

    /// One of two ways out: what an answer says, and what applies where it isn't known.
    public enum Fallback: String, Sendable, Codable, CaseIterable { case allow, deny }

    public var name: String
    /// Never empty, no duplicates.
    public var operations: [Operation]
    /// What the subject must be; `nil` is any.
    public var subject: Condition?
    /// What the object must be; `nil` is any.
    public var object: Condition?
    /// What is wanted of the object: any of these; empty is anything.
    public var access: [Access]
    /// Any of these; empty is any signal.
    public var signals: [Signal]
    /// Any of these; empty is any memory.
    public var mappings: [MappingKind]
    /// Any of these; empty is any area.
    public var areas: [KernelArea]
    public var action: Action
    /// What becomes of an attempt while a digest that the rule asks for isn't known: then the rule matches if its action
    /// brings that about, and else not. Required with `digest`, meaningless without.
    public var unknownDigest: Fallback?
    /// How long to wait for an answer, milliseconds; only with `ask`.
    public var timeoutMilliseconds: UInt32?
    /// What the operation gets when no answer came in time; only with `ask`.
    public var onTimeout: Fallback?

    public init(
        name: String, operations: [Operation], subject: Condition? = nil, object: Condition? = nil,
        access: [Access] = [], signals: [Signal] = [], mappings: [MappingKind] = [], areas: [KernelArea] = [],
        action: Action, unknownDigest: Fallback? = nil, timeoutMilliseconds: UInt32? = nil, onTimeout: Fallback? = nil
    ) {
        self.name = name
        self.operations = operations
        self.subject = subject
        self.object = object
        self.access = access
        self.signals = signals
        self.mappings = mappings
        self.areas = areas
        self.action = action
        self.unknownDigest = unknownDigest
        self.timeoutMilliseconds = timeoutMilliseconds
        self.onTimeout = onTimeout
    }

    /// Every condition on a field, with where it stands.
    public var fieldConditions: [FieldCondition] {
        [subject, object].compactMap { $0 }.flatMap { $0.all + $0.not }
    }

    /// Whether what the rule decides depends on a digest.
    public var asksForDigest: Bool {
        fieldConditions.contains { $0.field == .digest }
    }
}
