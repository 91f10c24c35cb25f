// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import Testing

@Suite struct APISchemaTests {
    private let schema = SchemaFixtures.schema(.review)

    @Test func `What is written is read again`() throws {
        var schema = schema
        schema.elements[1].summary = "One | two; `x | y`, and \"##\" too."
        schema.elements[2].stability = nil
        #expect(try APISchema(text: schema.text()) == schema)
        #expect(try APISchema(text: schema.text(comment: ["Recorded."])) == schema)
    }

    @Test func `A recorded line can be read by people`() {
        let line = schema.text().split(separator: "\n").first { $0.contains("OpenRequest.wait") }
        #expect(
            line == "field | OpenRequest.wait | 2 | uint32 | review | v1 | milliseconds | What OpenRequest.wait is.")
    }

    @Test(arguments: [
        ("package p\nfield | a\n", 2, "has 2 columns instead of 8"),
        ("package p\n\nplanet | a | - | - | - | - | - | -\n", 3, "unknown kind 'planet'"),
        ("field | a | one | - | - | - | - | -", 1, "'one' isn't a number"),
        ("field | a | 1 | - | firm | - | - | -", 1, "unknown stability 'firm'"),
    ])
    func `A line that can't be read is named`(text: String, line: Int, problem: String) {
        #expect(throws: APISchemaTextError(line: line, problem: problem)) { try APISchema(text: text) }
    }

    @Test func `An element is found by its full name, by its name, and by the end of it`() {
        for name in ["p.v1.Doors.Open", "Doors.Open", "Open", "doors.open", "OPEN"] {
            #expect(schema.elements(named: name).map(\.name) == ["p.v1.Doors.Open"], "\(name)")
        }
        #expect(schema.elements(named: "pen") == [])
        #expect(schema.elements(named: "lock") == [])
        #expect(schema.elements(named: "openrequest.7-9") == [])
    }

    @Test func `The members of an element are what it holds directly`() {
        let request = schema.elements(named: "OpenRequest")[0]
        #expect(schema.members(of: request).map(\.ownName) == ["door", "wait"])
        #expect(schema.members(of: schema.elements(named: "Doors")[0]).map(\.ownName) == ["Open"])
    }

    @Test func `A service reaches what its calls carry, and nothing else`() {
        let reached = schema.reachable(fromService: "Doors")
        let expected = schema.elements.filter { $0.kind != .reserved && !$0.name.hasSuffix("Unrelated") }
        #expect(reached == expected)
        #expect(schema.reachable(fromService: "OpenRequest") == [])
    }
}
