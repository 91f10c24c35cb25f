// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport process`
struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Show the processes that the platform knows.",
        discussion: """
            EXAMPLES
              sallyport process tree
              sallyport process list --output json
            """,
        subcommands: [ProcessListCommand.self, ProcessTreeCommand.self])
}
