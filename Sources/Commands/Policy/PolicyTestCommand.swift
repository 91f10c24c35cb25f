// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport policy test`
struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests that policy files hold, without the platform and without root.",
        discussion: """
            Each policy is tried alone with the attempts of its own `tests:`, by the tables that the kernel would decide \
            by and by the plain meaning of its rules, which must agree. Names of users and groups are looked up on this \
            machine.

            Ends with status 0 when every test is as expected (also when there are none), 1 when one isn't or a file has \
            errors, 2 when a file can't be read.

            EXAMPLES
              sallyport policy test no-code-from-tmp.yaml
              sallyport policy test --output json *.yaml | jq '.tests[] | select(.ok | not)'
            """)

    @Argument(help: "Policy files; - is standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let report = try PolicyTestReport(files: files)
        let streams = options.streams
        if options.output == .human { streams.complain(report.diagnosticLines(on: streams.error)) }
        try options.print(json: report.json) { report.lines(on: $0) }
        if !report.isGood { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}
