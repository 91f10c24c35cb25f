// SPDX-License-Identifier: Apache-2.0

/// Sentences, broken between words to fit the screen.
package enum Prose {
    /// `text` as lines of at most `width` columns, each but the first indented. A longer word has a line for itself.
    package static func wrap(_ text: String, width: Int?, indent: Int = 0, first: Int? = nil) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let start = String(repeating: " ", count: first ?? indent)
        guard let width else { return [start + text] }
        var lines: [String] = []
        var line = start
        var empty = true
        for word in text.split(separator: " ") {
            if !empty && line.displayWidth + 1 + String(word).displayWidth > width {
                lines.append(line)
                line = margin
                empty = true
            }
            line += empty ? String(word) : " " + word
            empty = false
        }
        lines.append(line)
        return lines
    }
}
