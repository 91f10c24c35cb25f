// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An agent to start from, as a developer starts it: by `sallyport run`, from where it was built.
final class DevelopmentAgent: Sendable {
    let pid: pid_t
    let output: String

    /// Starts a command and waits until it has said that it is asked: programs are read through the VM's slow share of the
    /// host's files.
    init(_ name: String, _ command: [String], in lab: Lab, within seconds: Int = 60) async throws {
        output = Lab.root + "/\(name).out"
        unlink(output)
        pid = try DaemonProcess.spawn(
            [
                lab.daemon.cli, "run", "--socket", lab.daemon.socketPath, "--agents-socket",
                lab.daemon.run + "/agents.sock", "--",
            ] + command, output: output)
        try await expectLine("ready: dev.", within: seconds) { $0.hasPrefix("ready: dev.") }
    }

    /// A program of the package's, beside the daemon's. Not copied: the lab has no room for all of them.
    static func program(_ name: String) -> String {
        let folder = CommandLine.arguments[2].split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return (folder + [Substring(name)]).joined(separator: "/")
    }

    var text: String { (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    func expectLine(_ what: String, within seconds: Int = 10, _ matches: (String) -> Bool) async throws {
        for _ in 0..<seconds * 20 {
            if lines.contains(where: matches) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the agent didn't say '\(what)'; it said:\n\(text)")
    }

    /// Ends it and its vendor.
    func end() {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }
}
