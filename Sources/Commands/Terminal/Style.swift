// SPDX-License-Identifier: Apache-2.0

/// Colours, or their absence.
package struct Style: Sendable {
    /// How a text stands out. The values are the terminal's codes (ECMA-48, select graphic rendition).
    package enum Paint: String, Sendable {
        case plain = ""
        case bold = "1"
        case dim = "2"
        case red = "1;31"
        case yellow = "33"
        case green = "32"
        case cyan = "36"
    }

    package var colored: Bool

    package init(colored: Bool) {
        self.colored = colored
    }

    package func paint(_ text: String, _ paint: Paint) -> String {
        colored && !text.isEmpty && paint != .plain ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }

    package func bold(_ text: String) -> String { paint(text, .bold) }
    package func dim(_ text: String) -> String { paint(text, .dim) }
    package func red(_ text: String) -> String { paint(text, .red) }
    package func yellow(_ text: String) -> String { paint(text, .yellow) }
    package func green(_ text: String) -> String { paint(text, .green) }
    package func cyan(_ text: String) -> String { paint(text, .cyan) }
}
