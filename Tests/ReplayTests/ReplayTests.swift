// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Recording
import Replay
import Sallyport
import Synchronization
import Testing

/// An agent of this process against recordings made in code.
@Suite struct ReplayTests {
    @Test func `an agent gets the events in order and its answers are counted`() async throws {
        let (report, seen) = try await play([
            .stream(.event(Samples.event(1))), .authoriser(.question(Samples.question(7))),
            .stream(.event(Samples.event(2))), .answer(Answer(.deny), question: 7),
            .authoriser(.question(Samples.question(8))), .answer(Answer(.allow), question: 8),
        ]) { question in Answer(question.id == 7 ? .deny : .deny) }
        #expect(seen == [1, 2])
        #expect(report.events == 2 && report.questions == 2)
        #expect(report.missed.isEmpty && report.late.isEmpty && report.isClean)
        #expect(report.different == [8])
        #expect(report.latencyMaximum > 0 && report.latencyMedian <= report.latencyMaximum)
    }

    @Test func `a question that isn't answered is named`() async throws {
        let (report, _) = try await play([
            .authoriser(.question(Samples.question(1, leaving: 200_000_000))),
            .authoriser(.question(Samples.question(2))),
        ]) { question in
            if question.id == 1 { try? await Task.sleep(for: .seconds(5)) }
            return Answer(.allow)
        }
        #expect(report.missed == [1])
        #expect(!report.isClean)
    }

    @Test func `an answer after the deadline is late`() async throws {
        let (report, _) = try await play([
            .authoriser(.question(Samples.question(1, leaving: 100_000_000))),
            .authoriser(.question(Samples.question(2, leaving: 2_000_000_000))),
        ]) { question in
            try? await Task.sleep(for: .milliseconds(question.id == 1 ? 400 : 800))
            return Answer(.allow)
        }
        #expect(report.late == [1])
        #expect(report.missed.isEmpty)
    }

    @Test func `after a crash an agent that comes back gets what follows`() async throws {
        var faults = Faults()
        let isKnown = faults.add("crash=3,50ms")
        #expect(isKnown)
        let elements = (1...10).map { RecordedElement.Content.stream(.event(Samples.event(UInt64($0)))) }
        let (report, seen) = try await play(elements, faults: faults, reconnecting: true) { _ in Answer(.allow) }
        #expect(report.crashes == 1)
        // What was sent and not yet read is lost with the service.
        #expect([1, 2, 3].starts(with: seen.filter { $0 <= 3 }))
        #expect(seen.last == 10)
        #expect(seen == seen.sorted())
        #expect(report.connections >= 2)
        #expect(!report.abandoned)
    }

    @Test func `an agent that never connects is told of, and nobody waits for ever`() async throws {
        let replay = try Replay(
            Samples.header, FaultPlan(elements([.stream(.event(Samples.event(1)))]), faults: Faults()), speed: .maximal)
        defer { replay.remove() }
        let report = try await replay.run(started: {})
        #expect(report.abandoned && !report.isClean)
    }

    private func elements(_ contents: [RecordedElement.Content]) -> [RecordedElement] {
        contents.enumerated().map { RecordedElement(offset: UInt64($0) * 20_000_000, $1) }
    }

    /// Replays at real speed to an agent that watches and answers.
    private func play(
        _ contents: [RecordedElement.Content], faults: Faults = Faults(), reconnecting: Bool = false,
        _ decide: @escaping @Sendable (Question) async -> Answer
    ) async throws -> (ReplayReport, [UInt64]) {
        let replay = try Replay(Samples.header, FaultPlan(elements(contents), faults: faults), speed: .real)
        defer { replay.remove() }
        let agent = TestAgent(directory: replay.directory, socket: replay.agentSocket)
        let report = try await replay.run { agent.start(reconnecting: reconnecting, decide) }
        let seen = await agent.stop()
        return (report, seen)
    }
}

/// An agent that watches executions and answers questions on them.
private final class TestAgent: Sendable {
    private let directory: String
    private let socket: String
    private let seen = Mutex<[UInt64]>([])
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(directory: String, socket: String) {
        self.directory = directory
        self.socket = socket
    }

    func start(reconnecting: Bool, _ decide: @escaping @Sendable (Question) async -> Answer) {
        let running = Task {
            repeat {
                _ = try? await once(decide)
                try? await Task.sleep(for: .milliseconds(20))
            } while reconnecting && !Task.isCancelled
        }
        task.withLock { $0 = running }
    }

    func stop() async -> [UInt64] {
        let running = task.withLock { $0 }
        running?.cancel()
        await running?.value
        return seen.withLock { $0 }
    }

    private func once(_ decide: @escaping @Sendable (Question) async -> Answer) async throws {
        let credentials = try VendorCredentials(directory: directory)
        try await SallyportClient.withConnection(to: socket, credentials: credentials, timeout: .seconds(5)) { client in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for try await element in try await client.events(EventFilter(operations: [.processExec])) {
                        if case .event(let event) = element { self.seen.withLock { $0.append(event.sequence) } }
                    }
                }
                tasks.addTask {
                    try await client.answer(Authorisation(operations: [.processExec], fallback: .allow), decide)
                }
                defer { tasks.cancelAll() }
                try await tasks.next()
            }
        }
    }
}

private enum Samples {
    static let header = RecordingHeader(
        greeting: Greeting(
            version: "0.1.0", boot: "b", caller: .site,
            coverage: Coverage(tier: .enforce, reason: "", kernel: "6.12", operations: []), limits: [], isSealed: false),
        startedAt: 1, startedAtBoot: 1_000_000_000)

    static let process = Process(identity: ProcessIdentity(pid: 42, startTime: 7, execCount: 1))

    static func event(_ sequence: UInt64) -> Event {
        Event(
            sequence: sequence, time: sequence, monotonicTime: sequence, operation: .processExec,
            decision: Decision(verdict: .allow), subject: process,
            object: .file(FileObject(path: ObservedPath("/bin/true")), interpreter: nil))
    }

    /// Asked at the beginning of the recording.
    static func question(_ id: UInt64, leaving nanoseconds: UInt64 = 3_000_000_000) -> Question {
        Question(
            id: id, operation: .processExec, subject: process, file: FileObject(path: ObservedPath("/bin/true")),
            askedAt: 1_000_000_000, deadline: 1_000_000_000 + nanoseconds, fallback: .allow)
    }
}
