// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import EndpointModel
import Glibc
import Recording
public import Replay
import Sallyport

/// `sallyport replay`
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Serve a recording to an agent, without a platform, root or kernel.",
        discussion: """
            Starts the agent with credentials and a socket of its own (SALLYPORT_CREDENTIALS, SALLYPORT_AGENTS_SOCKET), \
            sends it what was recorded, and ends it. The report says which questions it answered and how fast. Ends with \
            status 1 when a question was missed, answered late or twice.

            FAULTS
              \(Faults.grammar)

            EXAMPLES
              sallyport replay login.rec -- ./agent
              sallyport replay login.rec --speed real --fault late=5%,200ms --fault crash=1000,2s -- ./agent
            """)

    @Argument(help: "The recording.")
    var recording: String

    @Option(help: ArgumentHelp("real: with the recorded pauses; max: without.", valueName: "speed"))
    var speed: Replay.Speed = .maximal

    @Option(name: .customLong("fault"), help: ArgumentHelp("What goes wrong. Repeatable.", valueName: "fault"))
    var faults: [String] = []

    @Option(
        help: ArgumentHelp("Of the random choices of faults: the same number, the same faults.", valueName: "number"))
    var seed: UInt64 = 0

    @Argument(parsing: .postTerminator, help: "The agent and its arguments.")
    var agent: [String]

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !agent.isEmpty else {
            throw ValidationError("name the agent after --, such as: sallyport replay FILE -- ./agent")
        }
        var parsed = Faults()
        for fault in faults where !parsed.add(fault) {
            throw ValidationError("--fault '\(fault)' isn't one of:\n\(Faults.grammar)")
        }
    }

    func run() async throws {
        var parsed = Faults()
        for fault in faults { _ = parsed.add(fault) }
        var header: RecordingHeader?
        var elements: [RecordedElement] = []
        let ending = try RecordingContents.forEachItem(of: recording) { item in
            switch item {
            case .header(let found): header = found
            case .element(let element): elements.append(element)
            case .skipped: break
            }
        }
        guard let header else { throw CommandFailure(.usage, "\(recording) is empty: it is no recording") }
        if case .cutOff(let at) = ending {
            options.streams.complain(["\(recording) was cut off after byte \(at); what came before is replayed."])
        }
        let replay = try Replay(header, FaultPlan(elements, faults: parsed, seed: seed), speed: speed)
        defer { replay.remove() }
        let report = try await play(replay)
        try options.print(json: report.json) { _ in ReplayText.lines(report) }
        if !report.isClean { throw ExitCode(CommandStatus.findings.rawValue) }
    }

    private func play(_ replay: Replay) async throws -> ReplayReport {
        let process = AgentProcess(agent, credentials: replay.directory, socket: replay.agentSocket)
        let (started, isStarted) = AsyncStream<Int32>.makeStream()
        return try await withThrowingTaskGroup(of: ReplayReport?.self) { tasks in
            tasks.addTask {
                let report = try await replay.run {
                    let pid = try process.start()
                    isStarted.yield(pid)
                    isStarted.finish()
                }
                for await pid in started {
                    kill(pid, SIGTERM)
                    _ = await AgentProcess.wait(for: pid)
                }
                return report
            }
            for try await report in tasks { if let report { return report } }
            throw CancellationError()
        }
    }
}

extension Replay.Speed: ExpressibleByArgument {}
