// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Recording
import Sallyport

/// `sallyport record`
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what an agent would be sent, to replay it later.",
        discussion: """
            Writes the processes that run, then events as they happen. With --ask, it is asked about these operations as \
            an agent is, allows each at once, and records questions and answers too. Ends with Ctrl-C, after --count \
            events, or after --for. A recording holds command lines, paths and users: choose where it lies.

            EXAMPLES
              sallyport record --out login.rec --for 30s
              sallyport record --out build.rec --operation process.* --ask process.exec --count 1000
            """)

    @Option(help: ArgumentHelp("The file; never written over.", valueName: "file"))
    var out: String

    @Option(
        name: [.customLong("operation"), .customLong("op")],
        help: ArgumentHelp("Only these operations, or classes of them, separated by commas.", valueName: "operations"))
    var operation: OperationList?

    @Option(help: ArgumentHelp("Be asked about these operations, and allow them.", valueName: "operations"))
    var ask: OperationList?

    @Option(help: ArgumentHelp("End after so many events.", valueName: "number"))
    var count: UInt64?

    @Option(name: .customLong("for"), help: ArgumentHelp("End after so long (500ms, 10s, 2m).", valueName: "duration"))
    var duration: DurationArgument?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let filter = EventFilter(operations: operation?.operations ?? [], snapshot: true)
        let file = try RecordingFile(creating: out)
        do {
            try await untilInterrupted {
                try await options.withPlatform { client in
                    try file.begin(greeting: try await client.greet(), watched: filter)
                    try await record(client, filter, into: file)
                }
            }
        } catch {
            try? file.end()
            throw error
        }
        try file.end()
        try options.print(json: ["file": .string(out), "elements": .number(file.count)]) { _ in
            ["Recorded \(file.count) elements into \(VisibleText(out).text)."]
        }
    }

    private func record(_ client: SallyportClient, _ filter: EventFilter, into file: RecordingFile) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [count] in
                var left = count ?? .max
                for try await batch in try await client.events(filter).batches {
                    for element in batch where left > 0 {
                        try file.append(.stream(element))
                        if case .event = element { left -= 1 }
                    }
                    if left == 0 { return }
                }
            }
            if let duration {
                tasks.addTask { try await Task.sleep(for: duration.duration) }
            }
            if let asked = ask?.operations {
                tasks.addTask {
                    try await client.answer(Authorisation(operations: asked, fallback: .allow)) { question in
                        try? file.append(.authoriser(.question(question)))
                        try? file.append(.answer(Answer(.allow), question: question.id))
                        return Answer(.allow)
                    }
                }
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }
}
