// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Conformance

/// `sallyport conformance`
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Check what an agent makes of the platform, without a platform, root or kernel.",
        discussion: """
            Starts the agent a dozen times with credentials and a socket of its own (SALLYPORT_CREDENTIALS, \
            SALLYPORT_AGENTS_SOCKET), and sends it events and questions with what may go wrong: losses, a platform that is \
            gone for a while, fields of a later version. docs/CONFORMANCE.md says what each check proves. Ends with status \
            1 when one isn't passed.

            EXAMPLES
              sallyport conformance -- ./agent
              sallyport conformance --output json --agent-output agent.log -- ./agent --verbose
            """)

    @Option(
        name: .customLong("check"), help: ArgumentHelp("Only this check. Repeatable. Default: all.", valueName: "name"))
    var checks: [ConformanceCheck] = []

    @Option(
        help: ArgumentHelp("The file that the agent's output is appended to. Default: none.", valueName: "file"))
    var agentOutput: String = "/dev/null"

    @Argument(parsing: .postTerminator, help: "The agent and its arguments.")
    var agent: [String]

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !agent.isEmpty else {
            throw ValidationError("name the agent after --, such as: sallyport conformance -- ./agent")
        }
    }

    func run() async throws {
        let streams = options.streams
        let suite = ConformanceSuite(
            ConformanceSubject(arguments: agent, output: agentOutput),
            checks: Set(checks.isEmpty ? ConformanceCheck.allCases : checks))
        let results = try await suite.run {
            // A check takes seconds: who waits sees each at once.
            if options.output == .human { try streams.print(ConformanceText.line($0, streams.output)) }
        }
        switch options.output {
        case .human: try streams.print(ConformanceText.summary(results))
        case .json: try streams.print(JSONValue.object(ConformanceText.json(results)).text)
        }
        if results.contains(where: \.isFailure) { throw ExitCode(CommandStatus.findings.rawValue) }
    }
}

extension ConformanceCheck: ExpressibleByArgument {}
