// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Sallyport

/// How results are written.
package enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case human
    case json
}

/// Whether results are coloured.
package enum ColorChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto
    case always
    case never
}

/// The options that every command has.
package struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The platform's socket. Default: $SALLYPORT_SOCKET or \(SallyportClient.defaultSocketPath).",
            valueName: "path"))
    package var socket: String?

    @Option(help: "How results are written: columns for people, or one JSON object (one a line for streams).")
    package var output: OutputFormat = .human

    @Option(help: "Whether results are coloured; auto is on terminals, unless NO_COLOR is set.")
    package var color: ColorChoice = .auto

    package init() {}

    var socketPath: String {
        let named = Screen.environment("SALLYPORT_SOCKET") ?? ""
        return socket ?? (named.isEmpty ? SallyportClient.defaultSocketPath : named)
    }

    var streams: StandardStreams { .examine(color: color) }

    /// Runs `body` with a connection to the platform.
    func withPlatform<Result: Sendable>(_ body: (SallyportClient) async throws -> Result) async throws -> Result {
        try await SallyportClient.withConnection(to: socketPath, body)
    }

    /// Prints one result in the format that was asked for.
    func print(json: @autoclosure () -> JSONObject, human: (Screen) -> [String]) throws {
        let streams = streams
        switch output {
        case .json: try streams.print(JSONValue.object(json()).text)
        case .human: try streams.print(human(streams.output))
        }
    }
}
