// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a stream is connected to.
package struct Screen: Sendable {
    package var style: Style
    /// Columns to fit into; `nil` when it isn't a terminal, and nothing is cut.
    package var width: Int?

    package init(style: Style, width: Int?) {
        self.style = style
        self.width = width
    }

    package var isTerminal: Bool { width != nil }

    /// Looks at a descriptor. `COLUMNS` has the last word about the width, `NO_COLOR` about colours unless a flag was given.
    static func examine(_ descriptor: Int32, color: ColorChoice) -> Screen {
        let terminal = isatty(descriptor) == 1
        let columns = environment("COLUMNS").flatMap(Int.init).map { max(20, $0) }
        return Screen(
            style: Style(colored: color.applies(to: terminal)),
            width: terminal ? columns ?? windowWidth(descriptor) ?? 80 : nil)
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func windowWidth(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return max(20, Int(size.ws_col))
    }
}

extension ColorChoice {
    /// Whether to colour what goes to a stream that is a terminal or isn't.
    package func applies(to terminal: Bool) -> Bool {
        switch self {
        case .always: true
        case .never: false
        // https://no-color.org: present and not empty.
        case .auto:
            terminal && (Screen.environment("NO_COLOR") ?? "").isEmpty && Screen.environment("TERM") != "dumb"
        }
    }
}
