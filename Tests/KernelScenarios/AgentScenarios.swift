// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Vendors' agents against the platform: registered, asked, slow, stopped and killed.
enum AgentScenarios {
    static let refused = -EPERM
    /// What a verdict may be later than its deadline, and what the emulated machine takes beside it.
    static let slack: Int64 = 50 + 350

    static let all: [Scenario] = [
        Scenario("the command enrols a vendor, and its agent is greeted by name") { lab in
            try expect(try AgentProcess.enrol("acme", in: lab), 0, "status of sallyport vendor enroll")
            var status = stat()
            try expect(stat(AgentProcess.folder("acme") + "/key.pem", &status), 0, "the key is there")
            try expect(status.st_mode & 0o777, 0o600, "mode of the key")
            let greeting = try await connected("acme", lab) { try await $0.greet() }
            try expect(greeting.caller.name, "acme", "name in the greeting")
            let vendors = try await lab.client.vendors()
            try expect(vendors.map(\.name), ["acme"], "registered vendors")
        },
        Scenario("an agent refuses an execution: it fails with EPERM, and the event says whose answer that was") {
            lab in
            let agent = try await AgentProcess(.deciding, of: "acme", in: lab)
            defer { agent.end() }
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
            let event = try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(event.decision.vendor, "acme", "vendor")
            try expect(event.decision.cause, "answered", "cause")
            try expect(event.decision.reason, "in the denied tree", "reason")
            try expect(event.subject.identity.pid != 0, true, "who tried is known")
            try expect(Lab.exec(Lab.tiny), 0, "exec elsewhere")
        },
        Scenario("who is asked about what it does to answer isn't held: it opens, writes and executes") { lab in
            let agent = try await AgentProcess(.busy, of: "acme", in: lab)
            defer { agent.end() }
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try await agent.expectLine("busy 0")
            try requireInTime(took < 2000, "the execution took \(took) ms: it waited for the deadline")
        },
        Scenario("an agent that never answers holds an execution until its deadline, and no longer") { lab in
            let agent = try await AgentProcess(.silent, of: "acme", in: lab, deadline: 500, fallback: .deny)
            defer { agent.end() }
            for round in 1...3 {
                let took = try milliseconds { try expect(Lab.exec(Lab.tiny), refused, "exec \(round)") }
                try requireInTime((450...500 + slack).contains(took), "exec \(round) took \(took) ms")
            }
            let event = try await lab.expectDenial(.processExec, of: Lab.tiny)
            try expect(event.decision.cause, "timed-out", "cause")
            try await agent.expectLine("notice strike")
            try await agent.expectLine("notice demoted")
            let took = milliseconds { _ = Lab.exec(Lab.tiny) }
            try requireInTime(took < 450, "a demoted vendor still held an execution for \(took) ms")
        },
        Scenario("an agent that is stopped: its default stands at the deadline, and it answers when it goes on") {
            lab in
            try expect(try AgentProcess.enrol("pausing", in: lab), 0, "enrol")
            let agent = try await AgentProcess(.deciding, of: "pausing", in: lab, deadline: 500)
            defer { agent.end() }
            kill(agent.pid, SIGSTOP)
            let took = try milliseconds { try expect(Lab.exec(Lab.deniedProgram), 0, "exec, the agent stopped") }
            try requireInTime((450...500 + slack).contains(took), "exec took \(took) ms")
            kill(agent.pid, SIGCONT)
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree, the agent goes on")
        },
        Scenario("an allow that is bound to a content counts for that content alone, and not while it may change") {
            lab in
            try expect(try AgentProcess.enrol("binding", in: lab), 0, "enrol")
            let program = Lab.root + "/bound"
            try Lab.copy(Lab.tiny, to: program)
            try Lab.write(try Lab.digest(of: program).description, to: Agent.judged, mode: 0o644)
            let agent = try await AgentProcess(.binding, of: "binding", in: lab, deadline: 2000, fallback: .deny)
            defer { agent.end() }
            try expect(Lab.exec(program), 0, "exec of the content that was judged")
            try Lab.copy(Lab.dynamicProgram, to: program)
            let took = try milliseconds { try expect(Lab.exec(program), refused, "exec of another content") }
            try require(took > 1900, "the question was over after \(took) ms, with an answer that doesn't count")
            try await agent.expectLine("notice digest-differs")
            try Lab.write(try Lab.digest(of: program).description, to: Agent.judged, mode: 0o644)
            let writer = open(program, O_WRONLY | O_CLOEXEC)
            // Allowed, it would be ETXTBSY.
            try expect(Lab.exec(program), refused, "exec of what was judged, while it may be written")
            close(writer)
            try expect(Lab.exec(program), 0, "exec of the other content, once that was judged")
        },
        Scenario("an agent that is killed leaves its default behind, at once") { lab in
            try expect(try AgentProcess.enrol("brief", in: lab), 0, "enrol")
            let agent = try await AgentProcess(.silent, of: "brief", in: lab, deadline: 20_000)
            let killer = Task {
                try await Task.sleep(for: .milliseconds(700))
                agent.end()
            }
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try await killer.value
            try requireInTime(took < 5000, "the execution took \(took) ms after its agent was killed")
        },
        Scenario("an agent is asked about images that are loaded") { lab in
            try expect(try AgentProcess.enrol("steady", in: lab), 0, "enrol")
            let agent = try await AgentProcess(.deciding, of: "steady", in: lab, asked: "image.load")
            defer { agent.end() }
            try expect(acts_map_executable(Lab.deniedLibrary), refused, "map a library of the denied tree")
            let event = try await lab.expectDenial(.imageLoad, of: Lab.deniedLibrary)
            try expect(event.decision.vendor, "steady", "vendor")
            try expect(acts_map_executable(Lab.library), 0, "map another one")
            try Lab.write("no image", to: Lab.denied + "/text")
            try expect(Self.opened(Lab.denied + "/text", O_RDONLY), 0, "open what is no image")
        },
        Scenario("an agent is asked about opens, those to write and those to read apart") { lab in
            try Lab.write("text", to: Lab.denied + "/text")
            for (asked, written, read) in [("file.open/write", refused, Int32(0)), ("file.open/read", 0, refused)] {
                let agent = try await AgentProcess(.deciding, of: "steady", in: lab, asked: asked)
                defer { agent.end() }
                try expect(Self.opened(Lab.denied + "/text", O_WRONLY), written, "open to write, asked about \(asked)")
                try expect(Self.opened(Lab.denied + "/text", O_RDONLY), read, "open to read, asked about \(asked)")
                let event = try await lab.expectDenial(.fileOpen, of: Lab.denied + "/text")
                try expect(event.details.access, asked.hasSuffix("write") ? [.write] : [.read], "access in the event")
                lab.forgetEvents()
            }
        },
        Scenario("64 processes execute at once, an agent answers each") { lab in
            let agent = try await AgentProcess(.deciding, of: "steady", in: lab, deadline: 20_000, fallback: .deny)
            defer { agent.end() }
            let results = try await withThrowingTaskGroup(of: Int32.self) { tasks in
                for index in 0..<64 {
                    tasks.addTask { Lab.exec(index % 2 == 0 ? Lab.tiny : Lab.deniedProgram) }
                }
                return try await tasks.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            try expect(results, [0: 32, refused: 32], "results")
        },
        Scenario("with the daemon stopped, executions go on: the guard answers") { lab in
            let agent = try await AgentProcess(.deciding, of: "steady", in: lab, deadline: 500)
            defer { agent.end() }
            lab.daemon.send(SIGSTOP)
            defer { lab.daemon.send(SIGCONT) }
            for round in 1...3 {
                let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec \(round)") }
                try requireInTime(took < 500 + slack + 500, "exec \(round) with the daemon stopped took \(took) ms")
            }
        },
        Scenario("with daemon and agent stopped, executions go on") { lab in
            let agent = try await AgentProcess(.deciding, of: "steady", in: lab, deadline: 500)
            kill(agent.pid, SIGSTOP)
            lab.daemon.send(SIGSTOP)
            defer {
                lab.daemon.send(SIGCONT)
                agent.end()
            }
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try requireInTime(took < 500 + slack + 500, "exec took \(took) ms")
        },
        Scenario("a vendor that is suspended is disconnected, and nobody waits for it") { lab in
            let agent = try await AgentProcess(.silent, of: "brief", in: lab, deadline: 20_000, fallback: .deny)
            defer { agent.end() }
            _ = try await lab.client.suspendVendor(named: "brief")
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try requireInTime(took < 2000, "exec took \(took) ms")
            do {
                _ = try await connected("brief", lab) { try await $0.greet() }
                throw Failure("a suspended vendor was let in")
            } catch let error as SallyportError {
                try expect(error.reason, "vendor-suspended", "reason")
            }
            _ = try await lab.client.resumeVendor(named: "brief")
            let greeting = try await connected("brief", lab) { try await $0.greet() }
            try expect(greeting.caller.name, "brief", "name after it was resumed")
        },
        Scenario("a vendor's rules are in force while it is, and it changes nobody else's") { lab in
            try expect(
                try AgentProcess.enrol("rules", ["manage-policy", "deny:process.exec"], in: lab), 0, "enrol")
            let rule = Make.rule("denied", .deny, on: [.processExec], object: Make.path(Lab.denied + "/**"))
            var own = Make.policy("rules.own", rule)
            own.vendor = "rules"
            try await lab.setPolicies([Make.policy("baseline", rule)])
            var taken = Make.policy("baseline", rule)
            taken.vendor = "rules"
            for (policy, reason) in [(taken, "policy-invalid"), (Make.policy("other", rule), "not-entitled")] {
                do {
                    _ = try await connected("rules", lab) { try await $0.applyPolicies([policy]) }
                    throw Failure("policy \(policy.name) of \(policy.vendor) was taken")
                } catch let error as SallyportError {
                    try expect(error.reason, reason, "reason")
                }
            }
            try await lab.setPolicies([])
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec without rules")
            _ = try await connected("rules", lab) { try await $0.applyPolicies([own]) }
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec under the vendor's rule")
            let event = try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(event.decision.vendor, "rules", "vendor of the rule")
            _ = try await lab.client.suspendVendor(named: "rules")
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec while the vendor is suspended")
            _ = try await lab.client.resumeVendor(named: "rules")
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec when it was resumed")
            try await lab.setPolicies([])
        },
        Scenario("the clock set past its certificate ends an agent's session, and no rule") { lab in
            let entitlements = ["notify:*", "ask:*", "manage-policy", "deny:process.exec"]
            try expect(try AgentProcess.enrol("dated", entitlements, in: lab), 0, "enrol")
            let vendors = Make.rule("denied", .deny, on: [.processExec], object: Make.path(Lab.deniedProgram))
            var own = Make.policy("dated.own", vendors)
            own.vendor = "dated"
            let program = Lab.root + "/site-denied"
            try Lab.copy(Lab.tiny, to: program)
            let sites = Make.rule("denied", .deny, on: [.processExec], object: Make.path(program))
            try await lab.setPolicies([Make.policy("site", sites)])
            _ = try await connected("dated", lab) { [own] in try await $0.applyPolicies([own]) }
            let agent = try await AgentProcess(.silent, of: "dated", in: lab, deadline: 30_000)
            defer { agent.end() }
            func decides(_ when: String) throws {
                try expect(Lab.exec(Lab.deniedProgram), refused, "what the vendor denies, \(when)")
                try expect(Lab.exec(program), refused, "what the site denies, \(when)")
            }
            try await atAnotherTime(years: 10) {
                // Whoever has a session holds this until the deadline.
                let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec, past the agent's session") }
                try requireInTime(took < 10_000, "the agent's session went on for \(took) ms")
                try decides("when its certificate has ended")
                do {
                    _ = try await connected("dated", lab) { try await $0.greet() }
                    throw Failure("who shows a certificate that has ended was let in")
                } catch let error as SallyportError {
                    say("    refused: \(error)")
                }
                try expect(try await lab.client.status().ready, true, "the platform goes on")
                try decides("a while later")
            }
            try decides("when the clock is right again")
            let greeting = try await connected("dated", lab) { try await $0.greet() }
            try expect(greeting.caller.name, "dated", "it comes back")
            try await lab.setPolicies([])
        },
        Scenario("sallyport run starts an agent under development, and its vendor is gone with it") { lab in
            try expect(mkdir("/tmp/refused", 0o755) == 0 || errno == EEXIST, true, "make /tmp/refused")
            let output = Lab.root + "/run.out"
            let pid = try DaemonProcess.spawn(
                [
                    lab.daemon.cli, "run", "--socket", lab.daemon.socketPath, "--agents-socket",
                    lab.daemon.run + "/agents.sock", "--", try Self.example("exec-logger"),
                ], output: output)
            try await Self.waitFor("ready: dev.", in: output)
            let vendors = try await lab.client.vendors()
            try expect(vendors.filter(\.isDevelopment).map(\.state), [.active], "vendors for development")
            try expect(Lab.exec(Lab.tiny), 0, "exec")
            kill(pid, SIGTERM)
            waitpid(pid, nil, 0)
            let after = try await lab.client.vendors()
            try expect(after.filter(\.isDevelopment).map(\.state), [.revoked], "vendors for development afterwards")
        },
        Scenario("what was recorded is shown, and replayed to an agent") { lab in
            let file = Lab.root + "/session.rec"
            let recorder = try DaemonProcess.spawn(
                [
                    lab.daemon.cli, "record", "--out", file, "--ask", "process.exec", "--operation", "process.exec",
                    "--for", "6s", "--socket", lab.daemon.socketPath,
                ], output: Lab.root + "/record.out")
            for _ in 0..<12 {
                try expect(Lab.exec(Lab.tiny), 0, "exec while it is recorded")
                try await Task.sleep(for: .milliseconds(400))
            }
            var status: Int32 = 0
            waitpid(recorder, &status, 0)
            try expect(status, 0, "status of sallyport record")
            let shown = Lab.root + "/events.out"
            try expect(
                try DaemonProcess.runToEnd(
                    [lab.daemon.cli, "events", "--from", file, "--output", "json"], output: shown), 0,
                "status of sallyport events")
            let lines = String(decoding: try Lab.read(shown), as: UTF8.self).split(separator: "\n")
            try require(lines.contains { $0.contains(Lab.tiny) }, "the recording shows the executions")
            let report = Lab.root + "/replay.out"
            let result = try DaemonProcess.runToEnd(
                [lab.daemon.cli, "replay", file, "--output", "json", "--", try Self.example("exec-logger")],
                output: report)
            let text = String(decoding: try Lab.read(report), as: UTF8.self)
            try expect(result, 0, "status of sallyport replay; it said \(text)")
            try require(text.contains("\"clean\":true"), "the report: \(text)")
        },
        Scenario("daemon and agent killed: executions go on, and a new daemon asks again") { lab in
            let agent = try await AgentProcess(.deciding, of: "steady", in: lab, deadline: 500)
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            agent.end()
            let took = try milliseconds { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            try requireInTime(took < 500 + slack + 500, "exec took \(took) ms")
            try await lab.daemon.start(["--gate-mount", Lab.root])
            try await lab.connect()
            let next = try await AgentProcess(.deciding, of: "steady", in: lab)
            defer { next.end() }
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
        },
    ]

    /// 0, or -errno. `open` is one of several; this process isn't exempt.
    /// Sets the machine's clock, and back.
    private static func atAnotherTime(years: Int, _ body: () async throws -> Void) async throws {
        func shift(_ seconds: Int) throws {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            time.tv_sec += seconds
            try expect(clock_settime(CLOCK_REALTIME, &time), 0, "set the clock")
        }
        let seconds = years * 365 * 86_400
        try shift(seconds)
        do {
            try await body()
        } catch {
            try shift(-seconds)
            throw error
        }
        try shift(-seconds)
    }

    static func opened(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return -errno }
        close(descriptor)
        return 0
    }

    /// A program of the package's, beside the daemon's.
    private static func example(_ name: String) throws -> String {
        let copy = Lab.root + "/" + name
        if access(copy, X_OK) != 0 {
            let folder = CommandLine.arguments[2].split(separator: "/", omittingEmptySubsequences: false).dropLast()
            try Lab.copy((folder + [Substring(name)]).joined(separator: "/"), to: copy)
        }
        return copy
    }

    private static func waitFor(_ text: String, in file: String) async throws {
        for _ in 0..<400 {
            if let bytes = try? Lab.read(file), String(decoding: bytes, as: UTF8.self).contains(text) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("'\(text)' wasn't said: \(String(decoding: (try? Lab.read(file)) ?? [], as: UTF8.self))")
    }

    private static func connected<Result: Sendable>(
        _ vendor: String, _ lab: Lab, _ body: (SallyportClient) async throws -> Result
    ) async throws -> Result {
        try await SallyportClient.withConnection(
            to: lab.daemon.run + "/agents.sock",
            credentials: try VendorCredentials(directory: AgentProcess.folder(vendor)), body)
    }

    static func milliseconds(_ body: () throws -> Void) rethrows -> Int64 {
        let clock = ContinuousClock()
        let duration = try clock.measure(body)
        return duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
