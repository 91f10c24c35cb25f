// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// A sealed daemon that ends again and again at a random moment, and is started again: the kernel never lets anything pass
/// meanwhile, what is asked about runs only as an agent allows it, and nothing that was acknowledged is lost.
///
/// Nobody can kill it, so an alarm does that was set before it was executed: the kernel's own signals pass.
enum FaultRun {
    static let options = ["--self-protection", "on"] + FaultAgent.options

    /// `kernel-scenarios alarmed MILLISECONDS PROGRAM ARGUMENT…`
    static func alarmed(_ arguments: [String]) throws {
        guard arguments.count >= 2, let milliseconds = Int(arguments[0]) else { throw Failure("alarmed MS PROGRAM …") }
        signal(SIGALRM, SIG_DFL)
        var timer = itimerval()
        timer.it_value.tv_sec = milliseconds / 1000
        timer.it_value.tv_usec = milliseconds % 1000 * 1000
        setitimer(Int32(ITIMER_REAL.rawValue), &timer, nil)
        Lab.withStrings(Array(arguments.dropFirst())) { argv in _ = execv(arguments[1], argv) }
        throw Failure("execute \(arguments[1]): \(String(cString: strerror(errno)))")
    }

    /// `kernel-scenarios prober STATE OUTPUT`: tries until it is killed; each line of the output is an act that passed, and
    /// each dot a thousand that didn't.
    static func probe(_ arguments: [String]) throws {
        guard arguments.count == 2 else { throw Failure("prober STATE OUTPUT") }
        let output = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        func tell(_ text: String) { _ = text.withCString { write(output, $0, strlen($0)) } }
        var tries = 0
        while true {
            if Lab.exec(Lab.deniedProgram) != -EPERM { tell("\nPASSED: execution of a denied program") }
            let file = open(arguments[0] + "/policies", O_WRONLY | O_CLOEXEC)
            if file >= 0 || errno != EPERM { tell("\nPASSED: opening the policies (\(errno))") }
            if unlink("/sys/fs/bpf/sallyport/protection/protect_signal") == 0 { tell("\nPASSED: unpinning") }
            if unlink("/sys/fs/bpf/sallyport/policy") == 0 { tell("\nPASSED: unpinning a map") }
            tries += 4
            if tries % 1000 == 0 { tell(".") }
        }
    }

    struct Life {
        var pid: pid_t
        var began: ContinuousClock.Instant
    }

    static func run(_ lab: Lab, kills: Int) async throws {
        let daemon = lab.daemon
        try FaultAgent.prepare()
        var life = try start(daemon, alarm: 120_000)
        // A machine on which much else runs takes longer: each that isn't ended while it starts gets as long as this one.
        let usual = Int(try await ready(daemon, life))
        try expect(try AgentProcess.enrol(FaultAgent.vendor, in: lab), 0, "enrol")
        let agent = try FaultCompany(daemon)
        defer { agent.end() }
        var policies: Set<String> = ["deny-tree", "asking"]
        try await apply(Make.denyTree, daemon)
        try await apply(FaultAgent.policy, daemon)
        try require(try await agent.isAsked(by: life.pid), "the first daemon has ended before its time")
        try agent.startAsking()
        let stream = try FollowedStream(daemon.socketPath, [.processExec])
        try expect(
            try DaemonProcess.runToEnd(
                [daemon.cli, "seal", "--socket", daemon.socketPath], output: Lab.root + "/seal.out"), 0, "seal")
        let output = Lab.root + "/prober.out"
        let prober = try DaemonProcess.spawn(["/proc/self/exe", "prober", daemon.state, output], output: "/dev/null")
        defer { kill(prober, SIGKILL) }
        var adoptions: [Int64] = []
        var asked = 0
        for number in 1...kills {
            let status = wait(life.pid)
            try expect(status & 0x7f, SIGALRM, "what ended the daemon; its log:\n\(daemon.log)")
            // Every fourth dies while it starts.
            life = try start(daemon, alarm: number % 4 == 0 ? .random(in: 20...1500) : usual + .random(in: 1500...6000))
            guard number % 4 != 0 else { continue }
            guard let took = try? await ready(daemon, life) else { continue }
            adoptions.append(took)
            // It may be ended again while it is asked; the last one isn't.
            let names = try? await client(daemon) { try await $0.policies().map(\.policy.name) }
            guard let names else { continue }
            try require(policies.isSubset(of: names), "lost policies: \(policies.subtracting(names))")
            if try await agent.isAsked(by: life.pid) { asked += 1 }
            guard number % 5 == 0 else { continue }
            let name = "added-\(number)"
            let rule = Make.rule("x", .deny, object: Make.path("/nowhere/\(number)/**"))
            // One whose answer doesn't come may be there or not.
            if (try? await apply(Make.policy(name, rule), daemon)) != nil { policies.insert(name) }
        }
        _ = wait(life.pid)
        life = try start(daemon, alarm: 120_000)
        try await ready(daemon, life)
        try require(try await agent.isAsked(by: life.pid), "the last daemon has ended before its time")
        let found = Set(try await client(daemon) { try await $0.policies().map(\.policy.name) })
        try require(policies.isSubset(of: found), "lost policies: \(policies.subtracting(found))")
        let told = String(decoding: try Lab.read(output), as: UTF8.self)
        try require(!told.contains("PASSED"), "unguarded acts: \(told)")
        let tries = told.filter { $0 == "." }.count * 1000
        try require(tries > 0, "the prober tried nothing")
        try require(!adoptions.isEmpty, "no daemon became ready before it was ended")
        // Half of those that became ready, as some end before the agent has come back.
        try require(asked * 2 >= adoptions.count, "the agent was asked again by \(asked) of \(adoptions.count)")
        // They were denied by the kernel, whoever was there to hear of it.
        let denied = try await client(daemon) { try await $0.status().events.denied }
        try require(denied >= UInt64(tries / 4), "\(tries / 4) executions were denied, \(denied) are counted")
        let questions = try agent.conclude()
        try require(stream.returns > 0, "the subscriber never came back")
        say(try stream.conclude())
        say(
            "asked again by \(asked) of \(adoptions.count) daemons: of over \(questions.tries) executions \(questions.passed) ran, none"
                + " that the agent hadn't allowed")
        let sorted = adoptions.sorted()
        say(
            "killed \(kills) times: 0 unguarded of over \(tries) acts, \(policies.count) policies kept; from execution to"
                + " ready \(sorted[sorted.count / 2]) ms in the middle, \(sorted.last ?? 0) ms at most")
    }

    private static func start(_ daemon: DaemonProcess, alarm: Int) throws -> Life {
        let pid = try DaemonProcess.spawn(
            ["/proc/self/exe", "alarmed", String(alarm), daemon.binary, "--state", daemon.state, "--run", daemon.run]
                + options, output: daemon.logPath)
        return Life(pid: pid, began: .now)
    }

    @discardableResult private static func ready(_ daemon: DaemonProcess, _ life: Life) async throws -> Int64 {
        for _ in 0..<1200 {
            let status = try? await client(daemon) { try await $0.status() }
            if let status, status.ready, status.pid == life.pid { return milliseconds(.now - life.began) }
            try require(kill(life.pid, 0) == 0, "the daemon is gone before it was ready; its log:\n\(daemon.log)")
            var information = siginfo_t()
            waitid(P_PID, id_t(life.pid), &information, WEXITED | WNOHANG | WNOWAIT)
            if information.si_signo != 0 {
                throw Failure(
                    "the daemon ended before it was ready (\(information.si_code), \(information._sifields._sigchld.si_status)); its log:\n\(daemon.log)"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the daemon isn't ready; its log:\n\(daemon.log)")
    }

    private static func apply(_ policy: Policy, _ daemon: DaemonProcess) async throws {
        try await client(daemon) { _ = try await $0.applyPolicies([policy]) }
    }

    private static func client<Result: Sendable>(
        _ daemon: DaemonProcess, _ body: @Sendable (SallyportClient) async throws -> Result
    ) async throws -> Result {
        try await SallyportClient.withConnection(to: daemon.socketPath, timeout: .seconds(5), body)
    }

    private static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status
    }
}
