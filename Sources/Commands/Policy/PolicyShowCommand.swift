// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport policy show`
struct PolicyShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print a policy in force as YAML.",
        discussion: """
            EXAMPLE
              sallyport policy show no-code-from-tmp > no-code-from-tmp.yaml
            """)

    @Argument(help: "The policy's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let installed = try await options.withPlatform { try await $0.policy(named: name) }
        try options.print(json: installed.json) { _ in [PolicyFile.yaml(for: installed.policy)] }
    }
}
