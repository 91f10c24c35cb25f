// SPDX-License-Identifier: Apache-2.0

/// A text that is no entitlement, and why.
public struct EntitlementError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Neither a permission nor `notify:`, `ask:` or `deny:` with something behind it.
        case unknownWord
        /// What follows the colon is no operation, no `class.*` and no `*`.
        case unknownOperation
        /// `ask:` of what can't be held, `deny:` of what can't be refused.
        case cannotBeAsked, cannotBeDenied
    }

    public var reason: Reason
    /// The text as it was given.
    public var word: String

    public init(_ reason: Reason, word: String) {
        self.reason = reason
        self.word = word
    }

    /// What is wrong and what to write instead, as one sentence. The word is shortened: it may be anybody's.
    public var message: String {
        let word = String(self.word.unicodeScalars.prefix(64).map { $0.value < 0x20 ? " " : Character($0) })
        return switch reason {
        case .unknownWord:
            "'\(word)' is no entitlement: write notify:, ask: or deny: with an operation, 'class.*' or '*' behind it, or "
                + Entitlements.permissionWords.joined(separator: ", ")
        case .unknownOperation:
            "'\(word)' names no operation: write one that 'sallyport doctor' lists, 'process.*' for a class or '*' for"
                + " all"
        case .cannotBeAsked:
            "'\(word)' names nothing that can be held for an answer: write ask: with "
                + Self.list(Entitlements.askable)
        case .cannotBeDenied:
            "'\(word)' names nothing that can be refused: write notify: instead of deny:"
        }
    }

    public var description: String { message }

    private static func list(_ operations: Set<Operation>) -> String {
        operations.map(\.rawValue).sorted().joined(separator: ", ")
    }
}
