// SPDX-License-Identifier: Apache-2.0

/// Entitlements as words, as certificates, the command and the site's records have them: `notify:process.exec`,
/// `ask:file.*`, `deny:*`, `protect-self`.
extension Entitlements {
    /// The words that aren't about operations.
    public static let permissionWords = ["inspect-kernel", "manage-policy", "protect-self"]

    /// What one word grants. `*` is every operation that can be granted so, now and in later versions.
    public init(word: String) throws(EntitlementError) {
        switch word {
        case "protect-self": self.init(protectSelf: true)
        case "inspect-kernel": self.init(inspectKernel: true)
        case "manage-policy": self.init(managePolicy: true)
        default:
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else {
                throw EntitlementError(.unknownWord, word: word)
            }
            guard let named = Self.operations(parts[1]) else {
                throw EntitlementError(.unknownOperation, word: word)
            }
            let granted = named.intersection(kind.grantable)
            guard !granted.isEmpty else { throw EntitlementError(kind.refusal, word: word) }
            switch kind {
            case .notify: self.init(notify: granted)
            case .ask: self.init(ask: granted)
            case .deny: self.init(deny: granted)
            }
        }
    }

    /// What the words grant together; none grants nothing.
    public init(words: some Sequence<String>) throws(EntitlementError) {
        self = .none
        for word in words { self = union(try Entitlements(word: word)) }
    }

    /// The fewest words that grant this, sorted: equal entitlements have equal words.
    public var words: [String] {
        var words = Kind.notify.words(notify) + Kind.ask.words(ask) + Kind.deny.words(deny)
        if protectSelf { words.append("protect-self") }
        if inspectKernel { words.append("inspect-kernel") }
        if managePolicy { words.append("manage-policy") }
        return words.sorted()
    }

    private static func operations(_ text: Substring) -> Set<Operation>? {
        if text == "*" { return Set(Operation.allCases) }
        if let operation = Operation(rawValue: String(text)) { return [operation] }
        guard text.hasSuffix(".*"), let named = Operation.Class(rawValue: String(text.dropLast(2))) else { return nil }
        return Set(Operation.allCases.filter { $0.class == named })
    }

    private enum Kind: String {
        case notify, ask, deny

        var grantable: Set<Operation> {
            switch self {
            case .notify: Set(Operation.allCases)
            case .ask: Entitlements.askable
            case .deny: Entitlements.deniable
            }
        }

        var refusal: EntitlementError.Reason { self == .ask ? .cannotBeAsked : .cannotBeDenied }

        /// A class is written as such when all of it that can be granted is, and more than one operation.
        func words(_ operations: Set<Operation>) -> [String] {
            if operations == grantable { return [rawValue + ":*"] }
            return Operation.Class.allCases.flatMap { named in
                let possible = grantable.filter { $0.class == named }
                let granted = operations.filter { $0.class == named }
                return granted.count > 1 && granted == possible
                    ? ["\(rawValue):\(named.rawValue).*"] : granted.map { "\(rawValue):\($0.rawValue)" }
            }
        }
    }
}

extension Entitlements: CustomStringConvertible {
    public var description: String { words.joined(separator: " ") }
}

/// Coded as the list of words, and checked when decoded.
extension Entitlements: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let words = try container.decode([String].self)
        do throws(EntitlementError) {
            try self.init(words: words)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }
}
