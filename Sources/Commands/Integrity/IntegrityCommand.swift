// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport integrity`
struct IntegrityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integrity",
        abstract: "Whether the running kernel is what was started, and what it was found to differ in.",
        discussion: """
            What is checked, how that was proved and how soon a change is found stands in docs/KERNEL_PATCH_PROTECTION.md.

            EXAMPLES
              sallyport integrity status
              sallyport integrity scan kernel-text
              sallyport integrity report --all
            """,
        subcommands: [
            IntegrityStatusCommand.self, IntegrityScanCommand.self, IntegrityReportCommand.self,
            IntegrityWatchCommand.self, IntegrityBaselineCommand.self, IntegrityChecksCommand.self,
            EndIsolationCommand.self,
        ])
}
