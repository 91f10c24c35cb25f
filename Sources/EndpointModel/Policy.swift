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

    /// Unique among the policies of a machine: lower-case letters, digits, `-` and `.`, at most 63.
    public var name: String
    /// `site`, or a registered vendor's name.
    public var vendor: String
    /// One line for people; may be empty.
    public var summary: String
    public var mode: Mode
    /// In order: the first that matches decides for this policy.
    public var rules: [Rule]

    public init(name: String, vendor: String = "site", summary: String = "", mode: Mode = .enforce, rules: [Rule]) {
        self.name = name
        self.vendor = vendor
        self.summary = summary
        self.mode = mode
        self.rules = rules
    }
}

/// One rule of a policy.
public struct Rule: Hashable, Sendable, Codable {
    public enum Action: String, Sendable, Codable, CaseIterable { case allow, deny }

    public var name: String
    /// Never empty, no duplicates.
    public var operations: [Operation]
    /// What the subject must be; `nil` is any.
    public var subject: PathCondition?
    /// What the object must be; `nil` is any.
    public var object: PathCondition?
    public var action: Action

    public init(
        name: String, operations: [Operation], subject: PathCondition? = nil, object: PathCondition? = nil,
        action: Action
    ) {
        self.name = name
        self.operations = operations
        self.subject = subject
        self.object = object
        self.action = action
    }
}

/// A set of paths: those that match any of the patterns, or (`inverted`, written `not:`) those that match none.
///
/// An unresolvable path matches only a list that says `unresolvable`; `not` inverts that as well.
public struct PathCondition: Hashable, Sendable, Codable {
    public var patterns: [PathPattern]
    /// Whether the list contains the word `unresolvable`.
    public var unresolvable: Bool
    public var inverted: Bool

    public init(patterns: [PathPattern], unresolvable: Bool = false, inverted: Bool = false) {
        self.patterns = patterns
        self.unresolvable = unresolvable
        self.inverted = inverted
    }
}
