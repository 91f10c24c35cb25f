// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity watch`
struct IntegrityWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show findings as they are made, change and end; the open ones first.",
        discussion: """
            EXAMPLES
              sallyport integrity watch
              sallyport integrity watch --violations --output json
            """)

    @Flag(help: "Only violations: nothing that is explained, and no protection that is off.")
    var violations = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let streams = options.streams
        let output = options.output
        let minimum: Finding.Severity = violations ? .violation : .explained
        try await untilInterrupted {
            try await options.withPlatform { client in
                try await client.integrity.watch(minimum: minimum) { findings, missed in
                    // Of a stream of JSON it would be no element.
                    if missed > 0 { streams.complain(["… \(missed) changes of findings were missed"]) }
                    switch output {
                    case .human:
                        try streams.print(findings.map { $0.line(streams.output) })
                    case .json: try streams.print(findings.map { JSONValue.object($0.json).text })
                    }
                }
            }
        }
    }
}
