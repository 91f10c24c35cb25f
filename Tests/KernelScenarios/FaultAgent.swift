// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What is asked about while the daemon is ended again and again: an agent that comes back each time, and who executes what it
/// allows and what it refuses.
enum FaultAgent {
    /// A file system of its own: what is held there isn't what the others try.
    static let place = "/run/asked"
    static let allowed = place + "/allowed"
    static let refused = place + "/refused"
    static let options = ["--gate-mount", place, "--gate-guard", "deny"]
    static let vendor = "loyal"

    /// Asks about both; where nobody answers they don't run.
    static let policy = Policy(
        name: "asking",
        rules: [
            Rule(
                name: "asked", operations: [.processExec], object: Make.path(place + "/**"), action: .ask,
                timeoutMilliseconds: 5000, onTimeout: .deny)
        ])

    /// `kernel-scenarios loyal CREDENTIALS SOCKET`: answers, and begins again when the platform is back.
    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 2 else { throw Failure("usage: loyal CREDENTIALS SOCKET") }
        let credentials = try VendorCredentials(directory: arguments[0])
        while true {
            do {
                try await SallyportClient.withConnection(to: arguments[1], credentials: credentials) { client in
                    try await client.answer(
                        Authorisation(operations: [.processExec], deadlineMilliseconds: 2000, fallback: .deny),
                        ready: { _ in say("ready") }, reconnecting: true
                    ) { question in
                        let isRefused = question.file.path.text == refused
                        say(isRefused ? "refused" : "allowed")
                        return Answer(isRefused ? .deny : .allow)
                    }
                }
            } catch {
                say("again: \(error)")
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// `kernel-scenarios asker OUTPUT`: executes both until it is killed. Each line of the output is one that the agent refuses
    /// and that ran, each `+` one that it allows and that ran, each dot a hundred of both.
    static func ask(_ arguments: [String]) throws {
        guard arguments.count == 1 else { throw Failure("usage: asker OUTPUT") }
        let output = open(arguments[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        func tell(_ text: String) { _ = text.withCString { write(output, $0, strlen($0)) } }
        var tries = 0
        while true {
            if Lab.exec(refused) != -EPERM { tell("\nPASSED: what the agent refuses") }
            if Lab.exec(allowed) == 0 { tell("+") }
            tries += 1
            if tries % 100 == 0 { tell(".") }
            // The agent and the daemon need the processor, too.
            usleep(2000)
        }
    }

    static func prepare() throws {
        mkdir(place, 0o755)
        try expect(acts_mount("asked", place, "tmpfs", 0, "mode=0755,size=1m"), 0, "mount")
        for path in [allowed, refused] { try Lab.copy(Lab.tiny, to: path) }
    }
}
