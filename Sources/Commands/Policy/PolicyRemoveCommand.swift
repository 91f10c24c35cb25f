// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport policy remove`
struct PolicyRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take a policy out of force.",
        discussion: """
            EXAMPLE
              sallyport policy remove no-code-from-tmp
            """)

    @Argument(help: "The policy's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let receipt = try await options.withPlatform { try await $0.removePolicy(named: name) }
        try options.print(json: receipt.json) { PolicyReport.lines(receipt, on: $0) }
    }
}
