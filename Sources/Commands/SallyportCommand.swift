// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Glibc
import Sallyport

/// The command `sallyport`.
public struct SallyportCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "sallyport",
        abstract: "Watch and control what this machine's processes do.",
        discussion: """
            EXAMPLES
              sallyport status --wait 10s
              sallyport watch --denied
              sallyport policy apply no-code-from-tmp.yaml

            EXIT STATUS
              0  success
              1  findings: a policy has errors, or the platform refused
              2  the command line makes no sense
              3  the platform can't be reached
            """,
        subcommands: [
            StatusCommand.self, DoctorCommand.self, WatchCommand.self, PolicyCommand.self, ProcessCommand.self,
            VendorCommand.self, ProtectCommand.self, SealCommand.self, UnsealCommand.self, IntegrityCommand.self,
            InspectCommand.self, RunCommand.self,
            RecordCommand.self, EventsCommand.self, ReplayCommand.self,
            ConformanceCommand.self, APICommand.self, RequestCommand.self,
        ])

    public init() {}

    /// Parses the process's arguments, runs the command they name and ends the process with its exit status.
    public static func runAndExit() async -> Never {
        Glibc.exit(await run(arguments: Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Parses and runs a command line; what goes wrong is said on standard error.
    package static func run(arguments: [String]) async -> CommandStatus {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            return report(error, json: wantsJSON(arguments))
        }
    }

    private static func report(_ error: any Error, json: Bool) -> CommandStatus {
        let streams = StandardStreams.examine(color: .auto)
        switch error {
        case is OutputClosed, is CancellationError:
            return .success
        case let failure as CommandFailure:
            complain(failure.message, code: "failed", reason: nil, json, streams)
            return failure.status
        case let error as SallyportError:
            complain(error.message, code: error.code.rawValue, reason: error.reason, json, streams)
            return CommandStatus(error)
        default:
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success {
                if !message.isEmpty { try? streams.print(message) }
                return .success
            }
            if let status = CommandStatus(rawValue: code.rawValue), message.isEmpty { return status }
            streams.complain([message])
            return code == .validationFailure ? .usage : .findings
        }
    }

    private static func complain(
        _ message: String, code: String, reason: String?, _ json: Bool, _ streams: StandardStreams
    ) {
        if json {
            let error: JSONObject = [
                "code": .string(code), "reason": reason.map(JSONValue.string), "message": .string(message),
            ]
            streams.complain([JSONValue.object(["error": .object(error)]).text])
        } else {
            // The message may quote what others chose; its own line breaks stay.
            let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map {
                VisibleText(String($0)).text
            }
            let head = streams.error.style.red("sallyport:")
            let wrapped = lines.flatMap { Prose.wrap($0, width: streams.error.width.map { max(20, $0 - 11) }) }
            streams.complain([head + " " + wrapped.joined(separator: "\n" + String(repeating: " ", count: 11))])
        }
    }

    /// Whether errors are wanted as JSON; looked up by hand because parsing may be what failed.
    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.contains("--output=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--output" && $1 == "json" }
    }
}
