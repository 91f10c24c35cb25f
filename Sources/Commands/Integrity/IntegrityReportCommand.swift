// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity report`
struct IntegrityReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What was found: where, what was expected there, who did it, and what to do.",
        discussion: """
            Shows what is open; --all shows what has ended, too. Ends with status 1 if a violation is open.

            EXAMPLES
              sallyport integrity report
              sallyport integrity report --check modules --all --output json
            """)

    @Option(help: ArgumentHelp("Only findings of this check. Repeatable.", valueName: "name"))
    var check: [String] = []

    @Flag(help: "Findings that have ended, too.")
    var all = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let findings = try await options.withPlatform { try await $0.integrity.findings(of: check, openOnly: !all) }
        try options.print(json: ["findings": .array(findings.map { .object($0.json) })]) { screen in
            findings.isEmpty
                ? ["nothing was found"]
                : findings.sorted { ($1.severity, $0.id) < ($0.severity, $1.id) }.flatMap { $0.lines(screen) }
        }
        if findings.contains(where: { $0.severity == .violation && $0.ended == nil }) {
            throw ExitCode(CommandStatus.findings.rawValue)
        }
    }
}
