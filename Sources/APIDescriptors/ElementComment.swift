// SPDX-License-Identifier: Apache-2.0

import APICatalogue

/// The comment above an element, taken apart: what it says, and the line of properties at its end, as in
/// `unit: nanoseconds; since: v1; stability: draft`.
struct ElementComment {
    var summary = ""
    var unit = ""
    var since = ""
    var stability: Stability?

    init(_ comment: String) {
        var lines = comment.split(separator: "\n").map { $0.drop { $0 == " " } }
        if let last = lines.last, let properties = Self.properties(of: last) {
            lines.removeLast()
            unit = properties["unit"] ?? ""
            since = properties["since"] ?? ""
            stability = properties["stability"].flatMap(Stability.init(rawValue:))
        }
        summary = lines.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// `nil` when the line isn't one of properties: then it belongs to the sentence.
    private static func properties(of line: Substring) -> [String: String]? {
        var properties: [String: String] = [:]
        for part in line.split(separator: ";") {
            guard let colon = part.firstRange(of: ": ") else { return nil }
            let key = part[..<colon.lowerBound].drop { $0 == " " }
            guard ["unit", "since", "stability"].contains(key) else { return nil }
            properties[String(key)] = String(part[colon.upperBound...])
        }
        return properties
    }
}
