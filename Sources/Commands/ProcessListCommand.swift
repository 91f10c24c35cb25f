// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport process list`
struct ProcessListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the living processes, in order of start.",
        discussion: """
            EXAMPLE
              sallyport process list
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let processes = try await options.withPlatform { try await $0.processes() }
        try options.print(json: ["processes": .array(processes.map { .object($0.json) })]) {
            ProcessReport.lines(processes, on: $0)
        }
    }
}
