// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `sallyport policy check`
struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policy files, without the platform and without root.",
        discussion: """
            Says what is wrong as compilers do, file:line:column first, and what the policies cost once compiled. Ends with \
            status 1 when there are errors.

            EXAMPLES
              sallyport policy check no-code-from-tmp.yaml
              generate-policy | sallyport policy check -
            """)

    @Argument(help: "Policy files; - is standard input.")
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let check = try PolicyCheck(files: files)
        let streams = options.streams
        switch options.output {
        case .json: try streams.print(JSONValue.object(check.json).text)
        case .human:
            streams.complain(check.diagnosticLines(on: streams.error))
            if check.hasErrors {
                streams.complain(check.verdict(on: streams.error))
            } else {
                try streams.print(check.verdict(on: streams.output))
            }
        }
        if check.hasErrors { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}
