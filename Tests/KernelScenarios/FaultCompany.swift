// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Synchronization

/// The agent and who executes what it is asked about, as processes beside a daemon that is ended again and again.
final class FaultCompany: Sendable {
    private static let agentOutput = Lab.root + "/loyal.out"
    private static let askerOutput = Lab.root + "/asker.out"
    private let agent: pid_t
    private let asker = Mutex<pid_t>(0)
    /// Executions here that the agent has allowed.
    private let passed = Mutex(0)

    init(_ daemon: DaemonProcess) throws {
        agent = try DaemonProcess.spawn(
            ["/proc/self/exe", "loyal", AgentProcess.folder(FaultAgent.vendor), daemon.run + "/agents.sock"],
            output: Self.agentOutput)
    }

    func startAsking() throws {
        let pid = try DaemonProcess.spawn(["/proc/self/exe", "asker", Self.askerOutput], output: "/dev/null")
        asker.withLock { $0 = pid }
    }

    /// Waits until the agent's word counts with this daemon: one execution passes, the other doesn't. False if the daemon ends
    /// before.
    func isAsked(by daemon: pid_t) async throws -> Bool {
        for _ in 0..<1200 {
            let (allowed, refused) = (Lab.exec(FaultAgent.allowed), Lab.exec(FaultAgent.refused))
            try expect(refused, -EPERM, "execution of what the agent refuses")
            if allowed == 0 {
                passed.withLock { $0 += 1 }
                return true
            }
            try expect(allowed, -EPERM, "execution of what the agent allows")
            guard AttackTarget.isRunning(daemon) else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the agent isn't asked any more; it said: \(Self.text(Self.agentOutput).suffix(500))")
    }

    /// How many executions were tried beside: none ran that the agent hasn't allowed, one by one.
    func conclude() throws -> (tries: Int, passed: Int) {
        asker.withLock { pid in
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            pid = 0
        }
        let told = Self.text(Self.askerOutput)
        try require(!told.contains("PASSED"), "executions that the agent refuses: \(told)")
        let tries = told.count { $0 == "." } * 200
        try require(tries > 0, "nobody executed anything that is asked about")
        let ran = told.count { $0 == "+" } + passed.withLock { $0 }
        let answers = Self.text(Self.agentOutput).split(separator: "\n").count { $0 == "allowed" }
        try require(ran <= answers, "\(ran) executions ran, the agent has allowed \(answers)")
        return (tries, ran)
    }

    func end() {
        for pid in [agent, asker.withLock { $0 }] where pid > 0 {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }

    private static func text(_ path: String) -> String {
        (try? Lab.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
