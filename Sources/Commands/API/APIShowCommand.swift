// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import ArgumentParser

/// `sallyport api show`
struct APIShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show elements of the API with all that is documented of them, and what belongs to them.",
        discussion: """
            A name may be a full one (sallyport.v1.Events.Watch), one below the package (Events.Watch), or the end of one \
            (Watch), which may name several elements.

            EXAMPLES
              sallyport api show Events
              sallyport api show Question.deadline
            """)

    @Argument(help: "The element's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let description = try APIDescription(.recorded, name: name)
        try options.print(json: description.json) { description.lines(on: $0) }
    }
}
