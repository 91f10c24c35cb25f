// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport api`
struct APICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Look up the elements of the API and how far each can be relied on.",
        discussion: """
            The catalogue is that of this program's version, and needs no platform. docs/API_LIFECYCLE.md says what draft, \
            review and frozen mean.

            EXAMPLES
              sallyport api list --service Authorizer
              sallyport api show Events.Watch
            """,
        subcommands: [APIListCommand.self, APIShowCommand.self])
}
