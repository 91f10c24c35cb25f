// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the platform is doing.",
        discussion: """
            Ends with status 3 when the platform can't be reached and, with --wait, when it isn't ready in time.

            EXAMPLES
              sallyport status
              sallyport status --wait 10s --output json
            """)

    @Option(
        help: ArgumentHelp("Wait until the platform is ready, at most so long (500ms, 10s, 2m).", valueName: "duration")
    )
    var wait: DurationArgument?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let status = try await status()
        try options.print(json: status.json) { StatusReport.lines(status, on: $0) }
    }

    /// Between two attempts. Short against what people notice, long against what an attempt costs.
    private static let pause = Duration.milliseconds(100)

    private func status() async throws -> PlatformStatus {
        guard let wait else { return try await options.withPlatform { try await $0.status() } }
        let deadline = ContinuousClock.now + wait.duration
        while true {
            let left = max(.milliseconds(1), deadline - .now)
            let outcome: Result<PlatformStatus, any Error>
            do {
                let path = options.socketPath
                outcome = .success(
                    try await SallyportClient.withConnection(to: path, timeout: left) { try await $0.status() })
            } catch let error as SallyportError where error.code == .unreachable {
                outcome = .failure(error)
            }
            if case .success(let status) = outcome, status.ready { return status }
            guard .now + Self.pause < deadline else {
                if case .failure(let error) = outcome { throw error }
                throw CommandFailure(
                    .unreachable, "the platform answers but isn't ready yet; wait longer, or look at sallyportd's log")
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
