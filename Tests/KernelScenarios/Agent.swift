// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// An agent that scenarios start as a process of its own: `kernel-scenarios agent BEHAVIOUR CREDENTIALS SOCKET DEADLINE
/// FALLBACK OPERATION[/ACCESS]`. It says on standard output when it is asked, and what happens to it.
enum Agent {
    enum Behaviour: String {
        /// Refuses what lies in the denied tree, allows the rest.
        case deciding
        /// The same, and what it says holds for the file. It says what it is asked about.
        case remembering
        /// The same, for `lifetime`.
        case passing
        /// Never answers.
        case silent
        /// Opens files, writes its log and starts programs before it answers.
        case busy
        /// Allows what has the digest that stands in the file `judged`, whatever it is asked about.
        case binding
    }

    /// Where an agent that is binding finds the digest.
    static let judged = Lab.root + "/judged"

    /// How long the word of one that is passing holds.
    static let lifetime = Duration.seconds(11)

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 6, let behaviour = Behaviour(rawValue: arguments[0]),
            let deadline = UInt32(arguments[3]), let fallback = Rule.Fallback(rawValue: arguments[4])
        else { throw Failure("usage: agent BEHAVIOUR CREDENTIALS SOCKET DEADLINE FALLBACK OPERATION[/ACCESS]") }
        let words = arguments[5].split(separator: "/").map(String.init)
        guard let operation = Operation(rawValue: words[0]) else { throw Failure("no operation \(words[0])") }
        let access = Set(words.dropFirst().compactMap(Access.init(rawValue:)))
        let credentials = try VendorCredentials(directory: arguments[1])
        try await SallyportClient.withConnection(to: arguments[2], credentials: credentials) { client in
            try await client.answer(
                Authorisation(
                    operations: [operation], access: access, deadlineMilliseconds: deadline, fallback: fallback),
                ready: { terms in say("ready \(terms.deadlineMilliseconds)") },
                notice: { notice in say("notice \(notice.kind.rawValue)") }
            ) { question in
                switch behaviour {
                case .silent:
                    try? await Task.sleep(for: .seconds(600))
                    return Answer(.allow)
                case .busy: actBusily()
                case .binding:
                    let digest = (try? Lab.read(judged)).flatMap { Digest(String(decoding: $0, as: UTF8.self)) }
                    return Answer(.allow, digest: digest)
                case .remembering, .passing: say("asked \(question.file.path.text)")
                case .deciding: break
                }
                let isDenied = question.file.path.text.hasPrefix(Lab.denied + "/")
                let cache: Answer.CacheHint =
                    switch behaviour {
                    case .remembering: .file(lifetime: nil)
                    case .passing: .file(lifetime: UInt64(milliseconds(lifetime)) * 1_000_000)
                    default: .none
                    }
                return Answer(
                    isDenied ? .deny : .allow, reason: isDenied ? "in the denied tree" : "", cache: cache)
            }
        }
    }

    private static func actBusily() {
        let log = open(Lab.root + "/agent.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        _ = "asked\n".withCString { write(log, $0, 6) }
        close(log)
        let file = open(Lab.tiny, O_RDONLY | O_CLOEXEC)
        close(file)
        let status = Lab.exec(Lab.tiny)
        say("busy \(status)")
    }
}

/// A running agent, its vendor enrolled by the command.
final class AgentProcess: Sendable {
    let pid: pid_t
    let output: String

    /// Starts it and waits until it is asked.
    init(
        _ behaviour: Agent.Behaviour, of vendor: String, in lab: Lab, deadline: UInt32 = 2000,
        fallback: Rule.Fallback = .allow, asked operation: String = "process.exec"
    ) async throws {
        output = Lab.root + "/\(vendor)-\(behaviour.rawValue).out"
        unlink(output)
        pid = try DaemonProcess.spawn(
            [
                "/proc/self/exe", "agent", behaviour.rawValue, Self.folder(vendor), lab.daemon.run + "/agents.sock",
                String(deadline), fallback.rawValue, operation,
            ], output: output)
        try await expectLine("ready")
    }

    static func folder(_ vendor: String) -> String { "/run/credentials-\(vendor)" }

    /// Enrols a vendor with the command; its status.
    static func enrol(_ vendor: String, _ entitlements: [String] = ["notify:*", "ask:*"], in lab: Lab) throws -> Int32 {
        try DaemonProcess.runToEnd(
            [lab.daemon.cli, "vendor", "enroll", vendor, "--out", folder(vendor), "--socket", lab.daemon.socketPath]
                + entitlements.flatMap { ["--entitlement", $0] }, output: Lab.root + "/enroll.out")
    }

    var lines: [String] {
        ((try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n").map(
            String.init)
    }

    func expectLine(_ prefix: String, within seconds: Int = 20) async throws {
        for _ in 0..<seconds * 20 {
            if lines.contains(where: { $0.hasPrefix(prefix) }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the agent didn't say '\(prefix)'; it said: \(lines)")
    }

    func end(_ signal: Int32 = SIGKILL) {
        kill(pid, SIGCONT)
        kill(pid, signal)
        waitpid(pid, nil, 0)
    }
}
