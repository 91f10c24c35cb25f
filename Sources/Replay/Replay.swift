// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem
import Logging
public import Recording
import Sessions

/// Serves a recording to an agent on sockets of its own: no root, no kernel.
///
/// ## Concurrency model
/// `run` is called once, and plays the plan in its own task; the API's server runs in another one, and is another server
/// after each crash.
public final class Replay: Sendable {
    /// How fast a plan is played.
    public enum Speed: String, Sendable, CaseIterable {
        /// As it was.
        case real
        /// Without pauses, in the same order.
        case maximal = "max"
    }

    /// The directory with the credentials that an agent is started with, made by `init` and removed by `remove`.
    public let directory: String
    public var agentSocket: String { directory + "/agents.sock" }
    private let plan: FaultPlan
    private let header: RecordingHeader
    private let speed: Speed
    private let terms: ReplayTerms
    private let site: ReplaySite
    private let ledger = ReplayLedger()
    private let platform: ReplayPlatform

    /// How long an agent may take to connect, at first and after a crash.
    package static let patience = Duration.seconds(10)
    /// How long is waited for answers after the last deadline.
    static let grace = Duration.milliseconds(50)

    public convenience init(_ header: RecordingHeader, _ plan: FaultPlan, speed: Speed) throws {
        try self.init(header, plan, speed: speed, ReplayTerms())
    }

    package init(_ header: RecordingHeader, _ plan: FaultPlan, speed: Speed, _ terms: ReplayTerms) throws {
        var template = Array("/tmp/sallyport-replay-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno("make a directory for a replay") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.header = header
        self.plan = plan
        self.speed = speed
        self.terms = terms
        site = try ReplaySite()
        platform = ReplayPlatform(header, ledger: ledger, asDeclared: terms.asDeclared)
        for (name, text) in [
            ("certificate.pem", site.certificate), ("key.pem", site.key), ("authority.pem", site.server.authority),
        ] {
            try FileSystem.writeDurably(Array(text.utf8), to: "\(directory)/\(name)")
        }
    }

    public func remove() {
        for name in [
            "certificate.pem", "key.pem", "authority.pem", "agents.sock", "agents.sock.lock", "site.sock",
            "site.sock.lock",
        ] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    /// Plays all of the plan; `started` is called when an agent can connect.
    public func run(started: @Sendable () async throws -> Void) async throws -> ReplayReport {
        var steps = plan.steps[...]
        var abandoned = false
        let beginning = Clock.boot()
        var isFirst = true
        var lacking = terms.expected
        while !steps.isEmpty, !abandoned {
            let server = try makeServer()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await server.run() }
                defer { server.beginGracefulShutdown() }
                let opened = Clock.boot()
                if isFirst { try await started() }
                let came = await agentComes(lacking)
                if came, !isFirst { ledger.reconnected(after: Clock.boot() - opened) }
                isFirst = false
                // What it does without all of its calls is worth seeing too.
                guard came || !platform.calls.isEmpty else {
                    abandoned = true
                    return
                }
                try await play(&steps, from: beginning)
                if steps.isEmpty {
                    try await settle()
                    ledger.ended(with: platform.calls)
                    await terms.atEnd()
                }
                lacking.formUnion(platform.calls)
                platform.drop()
            }
            if case .restart? = steps.first?.act {
                try await pause(until: beginning + steps.removeFirst().time)
            }
        }
        var report = ledger.report
        report.abandoned = abandoned
        return report
    }

    /// Sends until the end, or until a crash is due.
    private func play(_ steps: inout ArraySlice<FaultPlan.Step>, from beginning: UInt64) async throws {
        while let step = steps.first {
            if case .restart = step.act { return }
            steps.removeFirst()
            try await pause(until: beginning + step.time)
            switch step.act {
            case .send(let content):
                let former = header.startedAtBoot + step.time
                platform.send(content.moved(from: former, to: Clock.boot()))
            case .crash:
                ledger.crashed()
                return
            case .restart: return
            }
        }
    }

    private func pause(until instant: UInt64) async throws {
        guard speed == .real else { return await Task.yield() }
        let now = Clock.boot()
        if instant > now { try await Task.sleep(for: .nanoseconds(instant - now)) }
    }

    /// Waits for the answers that may still come.
    private func settle() async throws {
        while let deadline = ledger.lastDeadline, !terms.isGone(),
            Clock.boot() < deadline + UInt64(Self.grace / .nanoseconds(1))
        {
            try await Task.sleep(for: .milliseconds(5))
        }
        // What is queued is to be read before the calls end.
        try await Task.sleep(for: Self.grace)
    }

    /// - Parameter lacking: what is waited for; empty is any call.
    /// - Returns: whether that is open in time.
    private func agentComes(_ lacking: AgentCalls) async -> Bool {
        let limit = ContinuousClock.now + Self.patience
        while platform.calls.isEmpty || !platform.calls.isSuperset(of: lacking) {
            guard !terms.isGone(), ContinuousClock.now < limit, (try? await Task.sleep(for: .milliseconds(5))) != nil
            else { return false }
        }
        // An agent that watches and is asked makes two calls.
        if lacking.isEmpty { try? await Task.sleep(for: .milliseconds(100)) }
        return true
    }

    private func makeServer() throws -> APIServer {
        var configuration = APIServer.Configuration(socketPath: directory + "/site.sock")
        let user = geteuid()
        configuration.peerPolicy = PeerPolicy { $0.uid == user }
        configuration.shutdownGrace = .milliseconds(200)
        configuration.agents = APIServer.Agents(
            socketPath: agentSocket, credentials: site.server, admission: site)
        configuration.agentInterceptors = terms.interceptors
        return try APIServer(
            platform: platform, configuration: configuration,
            logger: Logger(label: "replay") { _ in SwiftLogNoOpLogHandler() })
    }
}
