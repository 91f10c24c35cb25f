// SPDX-License-Identifier: Apache-2.0

/// What an authoriser says to a question.
public struct Answer: Hashable, Sendable, Codable {
    /// For how long an answer may stand for later questions.
    public enum CacheHint: Hashable, Sendable, Codable {
        /// For the question it was given to.
        case none
        /// While the file's content is the same, and at most for `lifetime` nanoseconds; `nil` is as long as the site
        /// allows.
        case file(lifetime: UInt64?)
    }

    /// Bytes of ``reason``.
    public static let maximumReasonLength = 256

    public var verdict: Rule.Fallback
    /// For people and records; may be empty. What is longer than ``maximumReasonLength`` is cut, between characters.
    public var reason: String { didSet { reason = Self.bounded(reason) } }
    public var cache: CacheHint
    /// The content that was judged. An allow that names one holds for no other content.
    public var digest: Digest?

    public init(_ verdict: Rule.Fallback, reason: String = "", cache: CacheHint = .none, digest: Digest? = nil) {
        self.verdict = verdict
        self.reason = Self.bounded(reason)
        self.cache = cache
        self.digest = digest
    }

    private static func bounded(_ reason: String) -> String {
        guard reason.utf8.count > maximumReasonLength else { return reason }
        var cut = ""
        var length = 0
        for character in reason {
            length += character.utf8.count
            if length > maximumReasonLength { break }
            cut.append(character)
        }
        return cut
    }
}

/// A decoded reason is bounded as any other.
extension Answer {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(Rule.Fallback.self, forKey: .verdict),
            reason: try container.decode(String.self, forKey: .reason),
            cache: try container.decode(CacheHint.self, forKey: .cache),
            digest: try container.decodeIfPresent(Digest.self, forKey: .digest))
    }
}
