// SPDX-License-Identifier: Apache-2.0

public import APICatalogue
public import ArgumentParser

/// `sallyport api list`
struct APIListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the elements of the API: services, rpcs, messages, fields, enums and their values.",
        discussion: """
            EXAMPLES
              sallyport api list --stability frozen
              sallyport api list --service Events
              sallyport api list --output json | jq -r '.elements[] | select(.unit) | "\\(.name)\\t\\(.unit)"'
            """)

    @Option(help: ArgumentHelp("Only elements of this stability: draft, review or frozen.", valueName: "stability"))
    var stability: Stability?

    @Option(help: ArgumentHelp("Only this service and what its calls carry.", valueName: "name"))
    var service: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let listing = try APIListing(.recorded, stability: stability, service: service)
        try options.print(json: listing.json) { listing.lines(on: $0) }
    }
}

extension Stability: ExpressibleByArgument {}
