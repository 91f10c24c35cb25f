// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport policy list`
struct PolicyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the policies in force.",
        discussion: """
            EXAMPLE
              sallyport policy list
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let policies = try await options.withPlatform { try await $0.policies() }
        try options.print(json: ["policies": .array(policies.map { .object($0.json) })]) {
            PolicyReport.lines(policies, on: $0)
        }
    }
}
