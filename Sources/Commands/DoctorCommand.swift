// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport doctor`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show what this machine's kernel lets the platform see and stop, and why not where not.",
        discussion: """
            EXAMPLES
              sallyport doctor
              sallyport doctor --output json | jq '.operations[] | select(.deny | not)'
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let coverage = try await options.withPlatform { try await $0.coverage() }
        try options.print(json: coverage.json) { CoverageReport.lines(coverage, on: $0) }
    }
}
