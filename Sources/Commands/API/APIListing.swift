// SPDX-License-Identifier: Apache-2.0

package import APICatalogue

/// Elements of the API as a list.
package struct APIListing {
    private let schema: APISchema
    package let elements: [APIElement]

    /// - Throws: `CommandFailure` when there is no such service.
    package init(_ schema: APISchema, stability: Stability?, service: String?) throws {
        self.schema = schema
        var elements = schema.elements.filter { $0.kind != .reserved }
        if let service {
            elements = schema.reachable(fromService: service)
            guard !elements.isEmpty else {
                let known = schema.elements.filter { $0.kind == .service }.map(\.ownName).sorted()
                throw CommandFailure(
                    .usage, "there is no service '\(service)': write one of \(known.joined(separator: ", "))")
            }
        }
        self.elements = elements.filter { stability == nil || $0.stability == stability }
    }

    package func lines(on screen: Screen) -> [String] {
        if elements.isEmpty { return ["no element of the API is so"] }
        var table = Table([
            Table.Column("stability"), Table.Column("since"), Table.Column("kind"),
            Table.Column("element", minimum: 14),
            Table.Column("what it is", minimum: 0),
        ])
        for element in elements {
            table.append([
                element.stability.cell, Table.Cell(element.since), Table.Cell(element.kind.rawValue, .dim),
                Table.Cell(schema.shortName(element)),
                Table.Cell(VisibleText(element.firstSentence).text) { width in
                    width > 0 ? element.firstSentence.columns(first: width - 1) + "…" : ""
                },
            ])
        }
        return table.lines(on: screen)
    }

    package var json: JSONObject {
        [
            "package": .string(schema.package), "elements": .array(elements.map { .object($0.json) }),
        ]
    }
}

extension APIElement {
    /// Up to the first full stop that ends a sentence.
    var firstSentence: String {
        summary.firstRange(of: ". ").map { String(summary[..<$0.lowerBound]) + "." } ?? summary
    }
}

extension Stability? {
    var cell: Table.Cell {
        switch self {
        case .frozen: Table.Cell("frozen", .green)
        case .review: Table.Cell("review", .cyan)
        case .draft: Table.Cell("draft", .yellow)
        case nil: Table.Cell("-", .red)
        }
    }
}
