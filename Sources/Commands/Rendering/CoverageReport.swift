// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// What this kernel lets the platform do, and why not where not.
package enum CoverageReport {
    package static func lines(_ coverage: Coverage, on screen: Screen) -> [String] {
        let style = screen.style
        let tier =
            coverage.tier == .enforce ? style.green(coverage.tier.rawValue) : style.yellow(coverage.tier.rawValue)
        var lines = ["tier \(tier) on kernel \(VisibleText(coverage.kernel).text)"]
        if !coverage.reason.isEmpty {
            lines += Prose.wrap(VisibleText(coverage.reason).text, width: screen.width, indent: 2)
        }
        lines.append("")
        var table = Table([
            Table.Column("operation", minimum: 8), Table.Column("notify"), Table.Column("deny"), Table.Column("ask"),
        ])
        for row in coverage.operations {
            func cell(_ covered: Bool) -> Table.Cell {
                covered ? Table.Cell("yes", .green) : Table.Cell("no", .dim)
            }
            table.append([Table.Cell(row.operation.rawValue), cell(row.notify), cell(row.deny), cell(row.ask)])
        }
        lines += table.lines(on: screen)
        // Mostly many operations have one reason: it is said once.
        var reasons: [(reason: String, operations: [String])] = []
        for row in coverage.operations where !row.reason.isEmpty {
            if let index = reasons.firstIndex(where: { $0.reason == row.reason }) {
                reasons[index].operations.append(row.operation.rawValue)
            } else {
                reasons.append((row.reason, [row.operation.rawValue]))
            }
        }
        if !reasons.isEmpty { lines.append("") }
        for (reason, operations) in reasons {
            lines += Prose.wrap(
                "\(operations.joined(separator: ", ")): \(VisibleText(reason).text)", width: screen.width, indent: 2,
                first: 0)
        }
        return lines
    }
}
