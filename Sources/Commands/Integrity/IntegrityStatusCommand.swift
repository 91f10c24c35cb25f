// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity status`
struct IntegrityStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How the monitor does: what each check compared, when, and what it couldn't look at.",
        discussion: """
            Ends with status 1 while there is a violation, or where the kernel isn't watched.

            EXAMPLES
              sallyport integrity status
              sallyport integrity status --output json
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let status = try await options.withPlatform { try await $0.integrity.status() }
        try options.print(json: status.json) { status.lines($0) }
        try IntegrityOutcome(status).end()
    }
}

/// How a command about integrity ends.
struct IntegrityOutcome {
    var violations: Int
    var isWatched: Bool

    init(_ status: IntegrityStatus) {
        violations = status.violations
        isWatched = !status.checks.isEmpty
    }

    /// - Throws: what ends the command with status 1.
    func end() throws {
        guard isWatched else { throw ExitCode(CommandStatus.findings.rawValue) }
        if violations > 0 { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}
