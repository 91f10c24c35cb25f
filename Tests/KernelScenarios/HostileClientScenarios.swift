// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// Clients that mean harm beside an agent that doesn't: what that one notices, and what the daemon keeps in memory.
enum HostileClientScenarios {
    /// The healthy agent may take so many times its own undisturbed time, and so long beside: two processors are shared
    /// with whoever attacks.
    private static let ratio: Int64 = 10
    private static let floor: Int64 = 150_000
    /// Executions that are measured.
    private static let rounds = 40

    static let all: [Scenario] = [
        attack("floods the platform with calls", .flood, vendor: "flood", memory: 64 << 10),
        attack("half-closes its connections", .halfClose, memory: 32 << 10),
        attack("sends 1 GiB of garbage", .garbage, memory: 32 << 10),
        attack("opens 1,000 connections as root", .connections, memory: 32 << 10),
        attack("opens 1,000 connections as nobody", .nobodysConnections, memory: 32 << 10),
        // The limit requests-size, and what it is copied into once.
        attack(
            "begins requests of 1 GiB and ends none", .unended, atOperatorsSocket: true, memory: 256 * 1024 * 5 / 4),
        Scenario("an agent that vanishes in mid-call, again and again, leaves nothing behind") { lab in
            try await withHealthyAgent(lab) { healthy in
                try expect(try AgentProcess.enrol("vanishing", in: lab), 0, "enrol")
                let quiet = try healthy.measure()
                let before = try memory(of: lab)
                for _ in 0..<10 {
                    let pid = try start(.vanishing, lab.daemon.run + "/agents.sock", "vanishing")
                    try await begun(pid)
                    let killer = Task {
                        try await Task.sleep(for: .milliseconds(50))
                        kill(pid, SIGKILL)
                    }
                    try expect(Lab.exec(Lab.tiny), 0, "exec while it vanishes")
                    try await killer.value
                    waitpid(pid, nil, 0)
                }
                try await check(healthy, lab, against: quiet, before, limit: 32 << 10, "vanishing in mid-call")
                let vendor = try await lab.client.vendor(named: "vanishing")
                try expect(vendor.quotas.map(\.used), vendor.quotas.map { _ in 0 }, "what it has")
            }
        },
        Scenario("what a vendor may have is refused by name, and vendor show tells it") { lab in
            let words = ["notify:*", "ask:*", "deny:*", "manage-policy"]
            try expect(try AgentProcess.enrol("greedy", words, in: lab), 0, "enrol")
            let credentials = try VendorCredentials(directory: AgentProcess.folder("greedy"))
            try await SallyportClient.withConnection(
                to: lab.daemon.run + "/agents.sock", credentials: credentials
            ) { client in
                var streams: [EventStream] = []
                let reason = try await refusal { streams.append(try await client.events()) }
                try expect(reason, "vendor-ring-bytes", "refusal of a subscription")
                try expect(streams.count, 4, "subscriptions")
                let rules = (0..<1025).map { Make.deny(.fileOpen, name: "r\($0)", object: Make.path("/nowhere/\($0)")) }
                let policy = Policy(name: "greedy.rules", vendor: "greedy", rules: rules)
                let refused = try await refusal(once: true) { _ = try await client.applyPolicies([policy]) }
                try expect(refused, "vendor-rules", "refusal of a policy")
                let quotas = try await lab.client.vendor(named: "greedy").quotas
                let counts = Dictionary(uniqueKeysWithValues: quotas.map { ($0.limit.name, [$0.used, $0.refused]) })
                try expect(counts["vendor-subscriptions"], [4, 0], "subscriptions and refusals")
                try expect(counts["vendor-ring-bytes"], [16 << 20, 1], "bytes of rings and refusals")
                try expect(counts["vendor-rules"], [0, 1], "rules and refusals")
                try expect(counts["vendor-clients"], [1, 0], "connections")
            }
        },
        Scenario("who is killed while it is held gives its place back before the deadline") { lab in
            try await withHealthyAgent(lab) { _ in }
            let agent = try await AgentProcess(.silent, of: "healthy", in: lab, deadline: 30_000)
            defer { agent.end() }
            let pid = fork(executing: Lab.tiny)
            try await Task.sleep(for: .milliseconds(500))
            let held = try await questions(of: "healthy", lab)
            try expect(held, 1, "questions in flight")
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            for _ in 0..<40 {
                if try await questions(of: "healthy", lab) == 0 { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw Failure("the question is still in flight two seconds after its opener was killed")
        },
        Scenario("the site narrows how long an agent may hold an operation up, and wrong bounds are refused") { lab in
            for bounds in [
                ["--deadline-minimum", "5"], ["--deadline-maximum", "60001"],
                ["--deadline-minimum", "500", "--deadline-maximum", "400"],
            ] {
                let output = Lab.root + "/bounds.out"
                unlink(output)
                try expect(try DaemonProcess.runToEnd([lab.daemon.binary] + bounds, output: output), 2, "\(bounds)")
                let text = String(decoding: try Lab.read(output), as: UTF8.self)
                try require(text.contains(bounds[0]), "the option isn't named: \(text)")
            }
            lab.disconnect()
            lab.daemon.end()
            try await lab.daemon.start(["--gate-mount", Lab.root, "--deadline-maximum", "400"])
            try await lab.connect()
            let limits = try await lab.client.greet().limits
            try require(limits.contains(NamedLimit("deadline-maximum", 400, "milliseconds")), "limits: \(limits)")
            let agent = try await AgentProcess(.silent, of: "healthy", in: lab, deadline: 30_000, fallback: .deny)
            defer { agent.end() }
            try await agent.expectLine("ready 400")
            let took = ContinuousClock().measure { _ = Lab.exec(Lab.tiny) }
            try requireInTime((.milliseconds(350)...(.seconds(2))).contains(took), "the execution took \(took)")
        },
    ]

    private struct Attack {
        var kind: HostileClient.Kind
        var vendor: String
        var isAtOperatorsSocket: Bool
        /// KiB that the daemon may grow by.
        var memory: Int
    }

    private static func attack(
        _ what: String, _ kind: HostileClient.Kind, vendor: String = "none", atOperatorsSocket: Bool = false,
        memory: Int
    ) -> Scenario {
        let attack = Attack(kind: kind, vendor: vendor, isAtOperatorsSocket: atOperatorsSocket, memory: memory)
        return Scenario("an agent answers and reads on beside a client that \(what)") { lab in
            if vendor != "none" { try expect(try AgentProcess.enrol(vendor, in: lab), 0, "enrol") }
            try await withHealthyAgent(lab) { healthy in try await bear(attack, healthy, lab) }
        }
    }

    private static func bear(_ attack: Attack, _ healthy: HealthyAgent, _ lab: Lab) async throws {
        let quiet = try healthy.measure()
        let before = try memory(of: lab)
        let socket = attack.isAtOperatorsSocket ? lab.daemon.socketPath : lab.daemon.run + "/agents.sock"
        let pid = try start(attack.kind, socket, attack.vendor)
        let outcome: (any Error)?
        do {
            try await begun(pid)
            try await check(healthy, lab, against: quiet, before, limit: attack.memory, attack.kind.rawValue)
            outcome = nil
        } catch {
            outcome = error
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        if let outcome { throw outcome }
    }

    /// Measures, and holds the figures to their bounds.
    private static func check(
        _ healthy: HealthyAgent, _ lab: Lab, against quiet: HealthyAgent.Figures, _ before: Int, limit: Int,
        _ what: String
    ) async throws {
        let disturbed = try healthy.measure()
        let grown = try memory(of: lab) - before
        say(
            "    \(what): median \(quiet.median) -> \(disturbed.median) us, worst \(quiet.worst) -> \(disturbed.worst) us,"
                + " memory +\(grown) KiB")
        let bound = max(floor, quiet.median * ratio)
        try require(disturbed.median <= bound, "the median is \(disturbed.median) us, more than \(bound)")
        try require(grown <= limit, "the daemon's memory grew by \(grown) KiB, more than \(limit)")
        try await healthy.expectEverything()
        _ = try await lab.client.status()
    }

    private static func withHealthyAgent(_ lab: Lab, _ body: (HealthyAgent) async throws -> Void) async throws {
        if access(AgentProcess.folder("healthy"), F_OK) != 0 {
            try expect(try AgentProcess.enrol("healthy", in: lab), 0, "enrol")
        }
        let agent = try await AgentProcess(.deciding, of: "healthy", in: lab, deadline: 5000, fallback: .deny)
        defer { agent.end() }
        let credentials = try VendorCredentials(directory: AgentProcess.folder("healthy"))
        try await SallyportClient.withConnection(to: lab.daemon.run + "/agents.sock", credentials: credentials) {
            client in
            try await body(try await HealthyAgent(client, rounds: rounds))
        }
    }

    private static let output = Lab.root + "/hostile.out"

    private static func start(_ kind: HostileClient.Kind, _ socket: String, _ vendor: String) throws -> pid_t {
        unlink(output)
        return try DaemonProcess.spawn(
            ["/proc/self/exe", "hostile", kind.rawValue, socket, AgentProcess.folder(vendor)], output: output)
    }

    private static func begun(_ pid: pid_t) async throws {
        for _ in 0..<800 {
            if let text = try? Lab.read(output), String(decoding: text, as: UTF8.self).contains("begun") { return }
            try require(waitpid(pid, nil, WNOHANG) == 0, "the hostile client has ended")
            try await Task.sleep(for: .milliseconds(25))
        }
        throw Failure("the hostile client didn't begin")
    }

    /// KiB that the daemon has in memory.
    private static func memory(of lab: Lab) throws -> Int {
        let status = String(decoding: try Lab.read("/proc/\(lab.daemon.pid)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    private static func questions(of vendor: String, _ lab: Lab) async throws -> UInt64 {
        try await lab.client.vendor(named: vendor).quotas.first { $0.limit.name == "questions-in-flight" }?.used ?? 0
    }

    /// Does something until it is refused; the reason.
    private static func refusal(once: Bool = false, _ body: () async throws -> Void) async throws -> String? {
        for _ in 0..<(once ? 1 : 32) {
            do {
                try await body()
            } catch let error as SallyportError {
                return error.reason
            }
        }
        return nil
    }

    private static func fork(executing path: String) -> pid_t {
        var pid: pid_t = 0
        // A shell of its own, as who executes is held.
        _ = Lab.withStrings(["/bin/sh", "-c", "exec \(path)"]) { posix_spawn(&pid, "/bin/sh", nil, nil, $0, environ) }
        return pid
    }
}

/// An agent that does its work: what it takes to answer, and whether it is told of everything.
final class HealthyAgent: Sendable {
    struct Figures {
        /// Microseconds of an execution that is held and answered.
        var median: Int64
        var worst: Int64
    }

    private let rounds: Int
    private let reading: Task<Void, Never>
    private let client: SallyportClient
    private let seen: Seen
    private let executed = Mutex(0)

    private final class Seen: Sendable {
        let state = Mutex((executions: 0, gaps: 0, marker: UInt64(0)))
    }

    init(_ client: SallyportClient, rounds: Int) async throws {
        self.rounds = rounds
        self.client = client
        let seen = Seen()
        self.seen = seen
        let stream = try await client.events(EventFilter(operations: [.processExec]))
        reading = Task {
            do {
                for try await element in stream {
                    seen.state.withLock { state in
                        switch element {
                        case .event(let event) where event.path == Lab.tiny: state.executions += 1
                        case .gap: state.gaps += 1
                        case .sync(let marker): state.marker = marker
                        default: break
                        }
                    }
                }
            } catch {}
        }
    }

    deinit { reading.cancel() }

    /// - Throws: when an execution isn't answered in time: its default is a deny.
    func measure() throws -> Figures {
        let clock = ContinuousClock()
        var times: [Int64] = []
        for round in 1...rounds {
            var status: Int32 = 0
            let took = clock.measure { status = Lab.exec(Lab.tiny) }
            try expect(status, 0, "execution \(round): it wasn't answered in time")
            times.append(took.components.seconds * 1_000_000 + took.components.attoseconds / 1_000_000_000_000)
        }
        executed.withLock { $0 += rounds }
        times.sort()
        return Figures(median: times[times.count / 2], worst: times[times.count - 1])
    }

    /// Every execution is in the stream, and no gap.
    func expectEverything() async throws {
        let marker = try await client.sync()
        for _ in 0..<400 where seen.state.withLock({ $0.marker }) < marker {
            try await Task.sleep(for: .milliseconds(50))
        }
        let (executions, gaps) = seen.state.withLock { ($0.executions, $0.gaps) }
        try expect(gaps, 0, "gaps in the healthy agent's stream")
        let expected = executed.withLock { $0 }
        try require(executions >= expected, "the healthy agent was told of \(executions) executions of \(expected)")
    }
}
