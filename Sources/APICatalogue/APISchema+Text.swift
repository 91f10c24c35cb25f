// SPDX-License-Identifier: Apache-2.0

/// Why the text of a recorded schema can't be read.
public struct APISchemaTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    public var problem: String

    public init(line: Int, problem: String) {
        self.line = line
        self.problem = problem
    }

    public var description: String { "line \(line): \(problem)" }
}

/// The recorded form, `api/schema.txt`: a line an element, columns between bars, `-` where there is nothing, what it is
/// about in the last column.
extension APISchema {
    static let columns = ["kind", "name", "number", "type", "stability", "since", "unit", "summary"]
    private static let separator = " | "
    private static let heading = "package "

    /// The text, with a line feed at its end.
    public func text(comment: [String] = []) -> String {
        var lines = comment.map { "# \($0)" }
        lines.append("# " + Self.columns.joined(separator: Self.separator))
        lines.append(Self.heading + package)
        lines += elements.map { element in
            let cells = [
                element.kind.rawValue, shortName(element), element.number.map(String.init) ?? "", element.type,
                element.stability?.rawValue ?? "", element.since, element.unit, element.summary,
            ]
            return cells.map { $0.isEmpty ? "-" : $0 }.joined(separator: Self.separator)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads what ``text(comment:)`` writes. Lines that begin with `#` and empty ones say nothing.
    public init(text: String) throws(APISchemaTextError) {
        self.init(package: "", elements: [])
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix(Self.heading), !line.contains(Self.separator) {
                package = String(line.dropFirst(Self.heading.count))
                continue
            }
            elements.append(try Self.element(line, line: index + 1, package: package))
        }
    }

    private static func element(
        _ text: Substring, line: Int, package: String
    ) throws(APISchemaTextError) -> APIElement {
        let cells = split(text)
        guard cells.count == columns.count else {
            throw APISchemaTextError(line: line, problem: "has \(cells.count) columns instead of \(columns.count)")
        }
        guard let kind = APIElement.Kind(rawValue: cells[0]) else {
            throw APISchemaTextError(line: line, problem: "unknown kind '\(cells[0])'")
        }
        let number = Int(cells[2])
        guard number != nil || cells[2].isEmpty else {
            throw APISchemaTextError(line: line, problem: "'\(cells[2])' isn't a number")
        }
        let stability = Stability(rawValue: cells[4])
        guard stability != nil || cells[4].isEmpty else {
            throw APISchemaTextError(line: line, problem: "unknown stability '\(cells[4])'")
        }
        return APIElement(
            kind, package.isEmpty ? cells[1] : "\(package).\(cells[1])", number: number, type: cells[3],
            summary: cells[7], unit: cells[6], since: cells[5], stability: stability)
    }

    /// The cells of a line; a bar in the last one is text.
    private static func split(_ text: Substring) -> [String] {
        var cells: [String] = []
        var rest = text
        while cells.count < columns.count - 1, let bar = rest.firstRange(of: separator) {
            cells.append(String(rest[..<bar.lowerBound]))
            rest = rest[bar.upperBound...]
        }
        cells.append(String(rest))
        return cells.map { $0 == "-" ? "" : $0 }
    }
}
