// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport process tree`
struct ProcessTreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Draw the living processes below the ones that created them.",
        discussion: """
            EXAMPLE
              sallyport process tree
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let tree = ProcessTree(try await options.withPlatform { try await $0.processes() })
        try options.print(json: tree.json) { tree.lines(on: $0) }
    }
}
