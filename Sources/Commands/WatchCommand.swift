// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Glibc
import Sallyport

/// `sallyport watch`
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show what happens, as it happens.",
        discussion: """
            One line an event: time, verdict, operation, process, and what it was attempted on. Events that could not be \
            delivered show as a line of their own. Ends with Ctrl-C, or after --count events.

            EXAMPLES
              sallyport watch --operation process.exec,image.load
              sallyport watch --denied --output json > denied.jsonl
            """)

    @Option(
        name: [.customLong("operation"), .customLong("op")],
        help: ArgumentHelp("Only these operations, or classes of them, separated by commas.", valueName: "operations"))
    var operation: OperationList?

    @Flag(help: "Only what was denied, or would have been (audit).")
    var denied = false

    @Option(help: ArgumentHelp("End after so many events.", valueName: "number"))
    var count: UInt64?

    @Option(
        help: ArgumentHelp(
            "Make this file when the watch is in force: nothing that happens from then on is missed.",
            valueName: "file"))
    var started: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if count == 0 { throw ValidationError("--count must be at least 1.") }
    }

    func run() async throws {
        let filter = EventFilter(operations: operation?.operations ?? [], deniedOnly: denied)
        try await untilInterrupted {
            try await options.withPlatform { client in
                let events = try await client.events(filter)
                if let started { try Self.make(started) }
                try await show(events.batches, filter)
            }
        }
    }

    private static func make(_ path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandFailure(.usage, "can't make \(path): \(String(cString: strerror(errno)))")
        }
        close(descriptor)
    }

    private func show(_ batches: EventBatches, _ filter: EventFilter) async throws {
        let streams = options.streams
        let human = EventLine(screen: streams.output)
        if options.output == .human && streams.output.isTerminal {
            try streams.print([streams.output.style.dim(Self.headline(filter)), human.title])
        }
        var left = count ?? .max
        for try await batch in batches {
            var lines: [String] = []
            for element in batch where left > 0 {
                switch options.output {
                case .human: lines.append(human.line(for: element))
                case .json: lines.append(JSONValue.object(element.json).text)
                }
                if case .event = element { left -= 1 }
            }
            try streams.print(lines)
            if left == 0 { return }
        }
    }

    private static func headline(_ filter: EventFilter) -> String {
        let operations = Operation.allCases.filter(filter.operations.contains).map(\.rawValue)
        return "watching \(operations.isEmpty ? "everything" : operations.joined(separator: ", "))"
            + (filter.deniedOnly ? " that is denied" : "") + "; Ctrl-C ends"
    }
}
