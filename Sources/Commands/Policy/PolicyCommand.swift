// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport policy`
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Write, check, try out, install and show policies.",
        discussion: """
            EXAMPLES
              sallyport policy check *.yaml
              sallyport policy test *.yaml
              sallyport policy apply no-code-from-tmp.yaml
              sallyport policy list
            """,
        subcommands: [
            PolicyCheckCommand.self, PolicyApplyCommand.self, PolicyListCommand.self, PolicyShowCommand.self,
            PolicyRemoveCommand.self, PolicySignCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self,
            PolicyDiffCommand.self,
            PolicyLearnCommand.self, PolicyModulesCommand.self, PolicySchemaCommand.self,
        ])
}
