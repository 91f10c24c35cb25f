// SPDX-License-Identifier: Apache-2.0

/// The lines of a file by their scalars, in which columns count.
struct SourceLines {
    private let lines: [Substring]
    /// The last line that was asked for: a long one is asked for often.
    private var last: (line: Int, scalars: [Unicode.Scalar]) = (0, [])

    init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Of `line`, from 1; empty where there is none.
    mutating func scalars(of line: Int) -> [Unicode.Scalar] {
        guard (1...lines.count).contains(line) else { return [] }
        if last.line != line { last = (line, Array(lines[line - 1].unicodeScalars)) }
        return last.scalars
    }
}
