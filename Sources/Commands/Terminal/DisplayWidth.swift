// SPDX-License-Identifier: Apache-2.0

extension String {
    /// How many columns the text takes on a terminal: East Asian wide characters take two.
    package var displayWidth: Int {
        unicodeScalars.reduce(0) { $0 + $1.displayWidth }
    }

    /// The text cut in its middle, where paths differ least, to at most `width` columns; the cut shows as `…`.
    package func middleTruncated(to width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 1 else { return width == 1 ? "…" : "" }
        // The end of a path says more than its beginning.
        let head = (width - 1) / 3
        return columns(first: head) + "…" + columns(last: width - 1 - head)
    }

    /// The text filled up with spaces to `width` columns.
    package func padded(to width: Int, right: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - displayWidth))
        return right ? fill + self : self + fill
    }

    /// The beginning, as far as it fits into so many columns.
    package func columns(first columns: Int) -> String {
        Self.take(unicodeScalars, columns: columns)
    }

    /// The end, as far as it fits into so many columns.
    package func columns(last columns: Int) -> String {
        String(
            String.UnicodeScalarView(Self.take(unicodeScalars.reversed(), columns: columns).unicodeScalars.reversed()))
    }

    private static func take(_ scalars: some Sequence<Unicode.Scalar>, columns: Int) -> String {
        var taken = String.UnicodeScalarView()
        var width = 0
        for scalar in scalars {
            width += scalar.displayWidth
            guard width <= columns else { break }
            taken.append(scalar)
        }
        return String(taken)
    }
}

extension Unicode.Scalar {
    /// Columns of a visible character: the ranges of UAX 11 that are wide on every terminal.
    fileprivate var displayWidth: Int {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
            0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
