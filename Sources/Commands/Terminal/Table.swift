// SPDX-License-Identifier: Apache-2.0

/// Lines with aligned columns. Where the screen is too narrow the flexible columns give way.
package struct Table {
    package struct Column {
        package var title: String
        package var right = false
        /// The width that a column keeps when it gives way; `nil` when it never does.
        package var minimum: Int?

        package init(_ title: String, right: Bool = false, minimum: Int? = nil) {
            self.title = title
            self.right = right
            self.minimum = minimum
        }
    }

    /// A cell: its text, already visible, and how it is coloured.
    package struct Cell {
        package var text: String
        package var paint: Style.Paint
        /// How the text is shortened to a width that it doesn't fit.
        package var shorten: (Int) -> String

        package init(_ text: String, _ paint: Style.Paint = .plain, shorten: ((Int) -> String)? = nil) {
            self.text = text
            self.paint = paint
            self.shorten = shorten ?? { text.middleTruncated(to: $0) }
        }
    }

    private static let gap = 2
    private let columns: [Column]
    private var rows: [[Cell]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    package mutating func append(_ cells: [Cell]) {
        rows.append(cells)
    }

    /// The titles and rows as lines, none wider than the screen.
    package func lines(on screen: Screen) -> [String] {
        let widths = widths(fitting: screen.width)
        let titles = columns.map { column in Cell(column.title, .dim) }
        return ([titles] + rows).map { line($0, widths, screen) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ screen: Screen) -> String {
        var line = ""
        var position = 0
        for (index, cell) in cells.enumerated() {
            if index > 0 {
                line += String(repeating: " ", count: Self.gap)
                position += Self.gap
            }
            var width = widths[index]
            // The last resort, when even the minima don't fit.
            if let limit = screen.width { width = min(width, max(0, limit - position)) }
            let text = cell.text.displayWidth <= width ? cell.text : cell.shorten(width)
            let fill = String(repeating: " ", count: max(0, width - text.displayWidth))
            let painted = screen.style.paint(text, cell.paint)
            line += columns[index].right ? fill + painted : painted + fill
            position += width
            if let limit = screen.width, position + Self.gap >= limit { break }
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private func widths(fitting limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.displayWidth) { max($0, $1[index].text.displayWidth) }
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - limit
        while excess > 0 {
            let giving = columns.indices.filter { index in columns[index].minimum.map { widths[index] > $0 } ?? false }
            guard let widest = giving.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
