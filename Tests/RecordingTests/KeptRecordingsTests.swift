// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import FoundationEssentials
import Recording
import Replay
import Sallyport
import Testing

/// The recordings of `Recordings`, made on a real kernel.
@Suite(.serialized) struct KeptRecordingsTests {
    static let names = ["shell-session", "build-with-denials", "questions"]

    @Test(arguments: names) func `a kept recording is whole, small and of an ordinary machine`(name: String) throws {
        let bytes = try Self.bytes(name)
        #expect(bytes.count > 1000 && bytes.count < 200_000)
        let (header, elements) = try Self.read(name)
        #expect(header.greeting.coverage.tier == .enforce)
        #expect(header.greeting.coverage.kernel.hasPrefix("6.12"))
        #expect(elements.contains { if case .stream(.process) = $0.content { true } else { false } })
        #expect(Self.events(elements).allSatisfy { $0.sequence > 0 && $0.subject.identity.pid > 0 })
        #expect(!String(decoding: bytes, as: UTF8.self).contains("/home/"))
    }

    @Test(arguments: names) func `sallyport events shows a kept recording`(name: String) async throws {
        for output in ["human", "json"] {
            let status = await SallyportCommand.run(
                arguments: ["events", "--from", Self.path(name), "--output", output])
            #expect(status == .success)
        }
    }

    @Test func `the shell session has executions with their libraries`() throws {
        let events = Self.events(try Self.read("shell-session").1)
        let executed = events.filter { $0.operation == .processExec }.map(Self.path)
        #expect(executed.contains("/usr/bin/id") && executed.contains("/usr/bin/sort"))
        #expect(events.contains { $0.operation == .imageLoad && Self.path($0).contains("libc.so") })
        #expect(events.contains { $0.operation == .processCreate } && events.contains { $0.operation == .processExit })
        #expect(events.allSatisfy { $0.decision.verdict == .allow })
    }

    @Test func `the build has four denials by the policy's rule, and files that came and went`() throws {
        let events = Self.events(try Self.read("build-with-denials").1)
        let denied = events.filter { $0.decision.verdict == .deny }
        #expect(denied.map(Self.path).sorted() == ["four", "one", "three", "two"].map { "/run/lab/work/build/\($0)" })
        #expect(denied.allSatisfy { $0.decision.policy == "no-products" && $0.decision.rule == "products" })
        for operation in [Operation.fileCreate, .fileRename, .fileUnlink] {
            #expect(events.count { $0.operation == operation } >= 4)
        }
    }

    @Test func `half of the questions came after their deadline, and a replay reports on all`() async throws {
        let (header, elements) = try Self.read("questions")
        let late = Self.late(header, elements)
        let questions = elements.count { if case .authoriser(.question) = $0.content { true } else { false } }
        #expect(questions == 12 && late == [7, 8, 9, 10, 11, 12])
        let replay = try Replay(header, FaultPlan(elements, faults: Faults()), speed: .maximal)
        defer { replay.remove() }
        let agent = Answering()
        let report = try await replay.run { agent.start(replay.directory, replay.agentSocket) }
        agent.stop()
        #expect(report.questions == questions && report.missed.isEmpty && !report.abandoned)
        #expect(report.late.filter(late.contains) == late)
        #expect(report.different.isEmpty && report.duplicates == 0 && report.unasked == 0)
        #expect(report.latencyMaximum > 0)
    }

    // MARK: -

    private static func path(_ name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Recordings/\(name).rec"
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }

    private static func read(_ name: String) throws -> (RecordingHeader, [RecordedElement]) {
        var reader = RecordingReader()
        reader.append(try bytes(name))
        var header: RecordingHeader?
        var elements: [RecordedElement] = []
        while let item = try reader.next() {
            switch item {
            case .header(let found): header = found
            case .element(let element): elements.append(element)
            case .skipped(let reason): Issue.record("skipped: \(reason)")
            }
        }
        #expect(try reader.ending() == .complete)
        return (try #require(header), elements)
    }

    private static func events(_ elements: [RecordedElement]) -> [Event] {
        elements.compactMap { if case .stream(.event(let event)) = $0.content { event } else { nil } }
    }

    private static func path(_ event: Event) -> String {
        if case .file(let file, _) = event.object { file.path.text } else { "" }
    }

    /// The questions that came when their time was over.
    private static func late(_ header: RecordingHeader, _ elements: [RecordedElement]) -> [UInt64] {
        elements.compactMap { element in
            guard case .authoriser(.question(let question)) = element.content,
                question.deadline <= header.startedAtBoot + element.offset
            else { return nil }
            return question.id
        }
    }
}

/// An agent of this process that allows everything.
private final class Answering: Sendable {
    private let (ends, end) = AsyncStream<Never>.makeStream()

    func start(_ directory: String, _ socket: String) {
        let ends = ends
        Task {
            let credentials = try VendorCredentials(directory: directory)
            try await SallyportClient.withConnection(to: socket, credentials: credentials) { client in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { for await _ in ends {} }
                    tasks.addTask {
                        try await client.answer(
                            Authorisation(operations: [.processExec], fallback: .allow)
                        ) { _ in Answer(.allow) }
                    }
                    defer { tasks.cancelAll() }
                    try await tasks.next()
                }
            }
        }
    }

    func stop() { end.finish() }
}
