// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// The word for a path that can't be resolved.
    static let unresolvable = "unresolvable"

    /// A list of path patterns, or `nil` if one of them is bad.
    mutating func patterns(_ tree: YAMLTree, _ key: String) -> PathList? {
        guard let list = list(tree, key) else { return nil }
        var result = PathList([])
        var known: Set<PathPattern> = []
        var isWhole = true
        for element in list {
            guard let text = text(element, "a pattern") else {
                isWhole = false
                continue
            }
            if text == Self.unresolvable {
                if result.unresolvable { warnOfRepetition("the word '\(text)'", at: element.place) }
                result.unresolvable = true
                continue
            }
            do throws(PathPatternError) {
                let pattern = try PathPattern(text)
                if known.insert(pattern).inserted {
                    result.patterns.append(pattern)
                } else {
                    warnOfRepetition("the pattern '\(text)'", at: element.place)
                }
            } catch {
                isWhole = false
                let (problem, instead) = Self.sentence(error.message)
                diagnostics.error(
                    place(of: error.offset, in: text, at: element.place),
                    "bad pattern '\(Self.excerpt(text))': \(problem)",
                    instead: instead)
            }
        }
        return isWhole ? result : nil
    }

    /// What is wrong and what to write instead, which a pattern's error says in one sentence.
    private static func sentence(_ message: String) -> (String, String) {
        guard let colon = message.firstRange(of: ": ") else { return (message, "") }
        return (String(message[..<colon.lowerBound]), String(message[colon.upperBound...]))
    }

    /// The place of byte `offset` of a scalar, if the file spells the scalar as it is; else the scalar's.
    private mutating func place(of offset: Int, in text: String, at place: Place) -> Place {
        let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars
        var rest = lines.scalars(of: place.line).dropFirst(place.column - 1)
        var column = place.column
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest = rest.dropFirst()
            column += 1
        }
        return rest.starts(with: before) ? Place(line: place.line, column: column + before.count) : place
    }
}
