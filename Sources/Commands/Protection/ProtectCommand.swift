// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport protect`
struct ProtectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Show or lift what is protected, of the platform's and of vendors'.",
        subcommands: [ProtectListCommand.self, ProtectLiftCommand.self])
}
