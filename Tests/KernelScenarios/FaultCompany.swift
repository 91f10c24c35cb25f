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

    init(_ daemon: DaemonProcess) throws {
        agent = try DaemonProcess.spawn(
            ["/proc/self/exe", "loyal", AgentProcess.folder(FaultAgent.vendor), daemon.run + "/agents.sock"],
            output: Self.agentOutput)
    }

    func startAsking() throws {
        let pid = try DaemonProcess.spawn(["/proc/self/exe", "asker", Self.askerOutput], output: "/dev/null")
        asker.withLock { $0 = pid }
    }

    /// Waits until the agent has been asked by this daemon and its word counts: one execution passes, the other doesn't.
    func expectAsked(_ daemon: pid_t, _ process: DaemonProcess) async throws {
        let before = Self.count("asked")
        for _ in 0..<600 {
            let (allowed, refused) = (Lab.exec(FaultAgent.allowed), Lab.exec(FaultAgent.refused))
            try expect(refused, -EPERM, "execution of what the agent refuses")
            if allowed == 0 {
                try require(Self.count("asked") > before, "an execution passed that the agent wasn't asked about")
                return
            }
            try expect(allowed, -EPERM, "execution of what the agent allows")
            try require(AttackTarget.isRunning(daemon), "the daemon has ended meanwhile")
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(
            "the agent isn't asked any more; it said: \(Self.text(Self.agentOutput).suffix(500))\n\(process.log)")
    }

    /// How many executions were tried beside.
    func conclude() throws -> Int {
        let told = Self.text(Self.askerOutput)
        try require(!told.contains("PASSED"), "executions that the agent refuses: \(told)")
        let tries = told.filter { $0 == "." }.count * 200
        try require(tries > 0, "nobody executed anything that is asked about")
        return tries
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

    private static func count(_ word: String) -> Int {
        text(agentOutput).split(separator: "\n").count { $0 == word }
    }
}
