// SPDX-License-Identifier: Apache-2.0

/// A validated path pattern, kept as it was written.
///
/// `*` and `?` stay within a path component, `**` crosses components, `[a-z]` is a class of bytes, `{a,b}` are
/// alternatives, a backslash takes the next character literally; everything else stands for itself. A pattern matches
/// whole paths only. `docs/POLICY.md` is the reference for people; ``matches(_:)`` is what a pattern means, and the
/// compiled automaton is tested against it.
///
/// Only the text is stored. ``alternatives`` parses it again each time (about a microsecond): whoever matches often
/// compiles an automaton.
public struct PathPattern: Hashable, Sendable {
    /// The text as written, at most ``maximumLength`` bytes.
    public let text: String

    /// Bytes of a pattern: as many as are matched of a path.
    public static let maximumLength = 4095
    /// How many plain sequences the alternatives of one pattern may write out to.
    public static let maximumAlternatives = 1024
    /// How many elements all sequences of one pattern together may have.
    public static let maximumElements = 65_536
    /// How deep alternatives may stand within alternatives.
    public static let maximumNesting = 8

    /// Checks `text`.
    ///
    /// - Throws: the first thing that is wrong with it, with the byte where it is and what to write instead.
    public init(_ text: String) throws(PathPatternError) {
        _ = try Self.parse(text)
        self.text = text
    }

    /// The pattern with its alternatives written out: it matches what any of these sequences matches.
    public var alternatives: [[Element]] {
        do throws(PathPatternError) {
            return try Self.parse(text)
        } catch {
            // The text was checked by `init` and can't have changed since.
            preconditionFailure("a checked pattern doesn't parse: \(error)")
        }
    }
}

extension PathPattern: CustomStringConvertible {
    public var description: String { text }
}

/// A pattern is coded as its text, and checked when it is decoded.
extension PathPattern: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "bad pattern '\(text)': \(error)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
