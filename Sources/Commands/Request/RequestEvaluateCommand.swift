// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RequestEvaluation

/// `sallyport request evaluate`
struct RequestEvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Say whether a request is covered, has a simpler design, or is a gap.",
        discussion: """
            Compared are the operations, the API and what kernels let programs do. Whether the request's arguments hold, \
            people decide.

            EXIT STATUS
              0  covered: there is a way, and it is shown
              1  a simpler design, or a gap with a draft to begin with
              2  the file has mistakes, or can't be read

            EXAMPLE
              sallyport request evaluate docs/criteria/requests/0007-network-connect.yaml
            """)

    @Argument(help: "A request file; - is standard input.")
    var file: String

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let file = try RequestFile(file)
        guard let request = file.request else {
            if options.output == .json {
                try options.streams.print(JSONValue.object(file.json).text)
            } else {
                let screen = options.streams.error
                options.streams.complain(file.diagnostics.flatMap { $0.lines(on: screen) })
            }
            throw ExitCode(CommandStatus.usage.rawValue)
        }
        let report = RequestReport(request: request, evaluation: RequestEvaluator().evaluate(request))
        try options.print(json: report.json) { report.lines(on: $0) }
        if report.evaluation.outcome != .covered { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}
