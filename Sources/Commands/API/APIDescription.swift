// SPDX-License-Identifier: Apache-2.0

package import APICatalogue

/// The elements that a name names, each with what belongs to it.
package struct APIDescription {
    private let schema: APISchema
    package let elements: [APIElement]

    /// - Throws: `CommandFailure` when nothing has that name.
    package init(_ schema: APISchema, name: String) throws {
        self.schema = schema
        elements = schema.elements(named: name)
        guard elements.isEmpty else { return }
        let parts = schema.elements.filter { $0.kind != .reserved && $0.name.lowercased().contains(name.lowercased()) }
        let similar = name.isEmpty ? "" : parts.prefix(5).map(schema.shortName).joined(separator: ", ")
        throw CommandFailure(
            .usage,
            "the API has no element '\(name)': "
                + (similar.isEmpty ? "`sallyport api list` shows all" : "did you mean one of \(similar)?"))
    }

    package func lines(on screen: Screen) -> [String] {
        var lines: [String] = []
        for element in elements {
            if !lines.isEmpty { lines.append("") }
            lines += describe(element, on: screen)
        }
        return lines
    }

    private func describe(_ element: APIElement, on screen: Screen) -> [String] {
        func wrap(_ text: String) -> [String] { Prose.wrap(text, width: screen.width, indent: 2) }
        let type = [element.type, element.number.map { "= \($0)" } ?? ""].filter { !$0.isEmpty }
        var lines = Prose.wrap(
            "\(element.kind.rawValue) \(element.name)", width: screen.width, indent: 2, first: 0
        ).map(screen.style.bold)
        if !type.isEmpty { lines += wrap(type.joined(separator: " ")) }
        lines += wrap(VisibleText(element.summary).text)
        if !element.unit.isEmpty { lines += wrap("unit: \(element.unit)") }
        lines += wrap("since: \(element.since); stability: \(element.stability?.rawValue ?? "none")")
        let members = schema.members(of: element)
        if members.isEmpty { return lines }
        var table = Table([
            Table.Column("stability"), Table.Column("number", right: true), Table.Column("name", minimum: 10),
            Table.Column("type", minimum: 6), Table.Column("what it is", minimum: 0),
        ])
        for member in members {
            let sentence = member.firstSentence
            table.append([
                member.stability.cell, Table.Cell(member.number.map(String.init) ?? ""), Table.Cell(member.ownName),
                Table.Cell(member.type.isEmpty ? member.kind.rawValue : member.type),
                Table.Cell(VisibleText(sentence).text) { $0 > 0 ? sentence.columns(first: $0 - 1) + "…" : "" },
            ])
        }
        return lines + [""] + table.lines(on: screen)
    }

    package var json: JSONObject {
        [
            "elements": .array(
                elements.map { element in
                    var object = element.json
                    object["members"] = .array(schema.members(of: element).map { .object($0.json) })
                    return .object(object)
                })
        ]
    }
}
