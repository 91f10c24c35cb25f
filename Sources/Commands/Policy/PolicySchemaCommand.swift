// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PolicyLanguage

/// `sallyport policy schema`
struct PolicySchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of policy files, for editors.",
        discussion: """
            With it an editor completes keys and words, shows what they mean and marks first mistakes. \
            `sallyport policy check` knows more.

            EXAMPLE
              sallyport policy schema > policy.schema.json
              (then, as a file's first line: # yaml-language-server: $schema=policy.schema.json)
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        var text = PolicySchema.json()
        if text.hasSuffix("\n") { text.removeLast() }
        try options.streams.print(text)
    }
}
