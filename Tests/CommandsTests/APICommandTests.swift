// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import Commands
import Testing

/// `api list` and `api show`, which need no platform.
@Suite struct APICommandTests {
    private func screen(_ width: Int?) -> Screen { Screen(style: Style(colored: false), width: width) }

    private func problems(_ object: JSONObject, _ schema: String) throws -> [String] {
        try PublishedSchema(schema).problems(try JSONDocument(parsing: JSONValue.object(object).text))
    }

    @Test func `A service is listed with what its calls carry`() throws {
        let listing = try APIListing(.recorded, stability: nil, service: "Processes")
        let names = listing.elements.map(\.name)
        #expect(names.first == "sallyport.v1.Processes")
        #expect(names.contains("sallyport.v1.ProcessIdentity.start_time"))
        #expect(!names.contains("sallyport.v1.Rule"))
        #expect(try problems(listing.json, "api-list.json") == [])
        #expect(listing.lines(on: screen(nil)).count == names.count + 1)
    }

    @Test func `The list is divided by stability, and nothing is left out`() throws {
        let all = try APIListing(.recorded, stability: nil, service: nil)
        #expect(try problems(all.json, "api-list.json") == [])
        let parts = try Stability.allCases.map {
            try APIListing(.recorded, stability: $0, service: nil).elements.count
        }
        #expect(parts.reduce(0, +) == all.elements.count)
        #expect(all.elements.count > 300)
        #expect(!all.elements.contains { $0.kind == .reserved })
    }

    @Test func `An element is shown with all that is documented, and its members`() throws {
        let description = try APIDescription(.recorded, name: "ProcessIdentity")
        let text = description.lines(on: screen(nil))
        #expect(text[0] == "message sallyport.v1.ProcessIdentity")
        #expect(text.contains { $0.contains("start_time") && $0.contains("uint64") && $0.contains(" 2 ") })
        #expect(try problems(description.json, "api-show.json") == [])
        let field = try APIDescription(.recorded, name: "ProcessIdentity.start_time").lines(on: screen(nil))
        #expect(field.contains("  uint64 = 2"))
        #expect(field.contains("  unit: nanoseconds"))
    }

    @Test func `A name that several elements end with shows them all`() throws {
        let description = try APIDescription(.recorded, name: "List")
        #expect(description.elements.count > 2)
        #expect(description.elements.allSatisfy { $0.kind == .rpc })
    }

    @Test(arguments: [40, 80, 200]) func `What is shown fits the screen`(width: Int) throws {
        let lines =
            try APIListing(.recorded, stability: nil, service: nil).lines(on: screen(width))
            + APIDescription(.recorded, name: "Events").lines(on: screen(width))
        for line in lines { #expect(line.displayWidth <= width, "\(line)") }
    }

    @Test(arguments: [
        (["list"], CommandStatus.success), (["list", "--stability", "draft"], .success),
        (["list", "--stability", "firm"], .usage), (["list", "--service", "Nobody"], .usage),
        (["show", "Platform"], .success), (["show", "Nothing"], .usage), (["show"], .usage), (["show", ""], .usage),
    ])
    func `The command ends with the documented status`(arguments: [String], status: CommandStatus) async {
        #expect(await SallyportCommand.run(arguments: ["api"] + arguments) == status)
    }

    @Test func `A name that is nearly right is met with what was meant`() {
        #expect {
            try APIDescription(.recorded, name: "identity.start")
        } throws: { error in
            (error as? CommandFailure)?.message.contains("ProcessIdentity.start_time") == true
        }
    }
}
