// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Synchronization

/// A `sallyportd` that scenarios start, stop, kill and start again.
final class DaemonProcess: Sendable {
    let binary: String
    let cli: String
    let state: String
    let run: String
    private let pidBox = Mutex<pid_t>(0)
    /// Of daemons that have ended.
    private let pastSkips = Mutex<UInt64>(0)

    var socketPath: String { run + "/sallyportd.sock" }
    var pid: pid_t { pidBox.withLock { $0 } }
    var logPath: String { run + ".log" }

    /// - Parameter state: its state directory; one of the name's in `/run` where none is given.
    init(binary: String, cli: String, name: String, state: String? = nil) {
        self.binary = binary
        self.cli = cli
        self.state = state ?? "/run/\(name)-state"
        run = "/run/\(name)"
    }

    /// Starts it and waits until it says that it is ready.
    ///
    /// - Parameter parent: the words of a program that starts it and stays its parent: this process, where there are none.
    func start(_ arguments: [String] = [], below parent: [String] = []) async throws {
        // Scenarios kill and stop it. Those of protection say so.
        let protection = arguments.contains("--self-protection") ? [] : ["--self-protection", "off"]
        // It would be in the way of figures.
        let integrity = arguments.contains("--integrity") ? [] : ["--integrity", "off"]
        let pid = try Self.spawn(
            parent + [binary, "--state", state, "--run", run] + protection + integrity + arguments, output: logPath)
        pidBox.withLock { $0 = pid }
        for _ in 0..<600 {
            if let status = try? await readiness(), status.ready {
                pidBox.withLock { $0 = status.pid }
                return
            }
            try require(waitpid(pid, nil, WNOHANG) == 0, "sallyportd ended at start; its log:\n\(log)")
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure("sallyportd didn't get ready within 60 s; its log:\n\(log)")
    }

    private func readiness() async throws -> PlatformStatus {
        try await SallyportClient.withConnection(to: socketPath) { client in try await client.status() }
    }

    /// How long the last change of policies took the daemon, by its log; milliseconds.
    func lastChange() throws -> Int64 {
        let line = log.split(separator: "\n").last { $0.contains("policy changed") }
        let word = line?.split(separator: " ").first { $0.hasPrefix("milliseconds=") }
        guard let word, let value = Int64(word.dropFirst("milliseconds=".count)) else {
            throw Failure("the log tells of no change: \(line ?? "")")
        }
        return value
    }

    var log: String { (try? Lab.read(logPath)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Sends a signal and, for one that ends it, waits; returns the wait status, -1 when it isn't running.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> Int32 {
        // 0 would be our own process group.
        guard pid > 0 else { return -1 }
        let skipped = Self.skippedDecisions(of: pid)
        pastSkips.withLock { $0 += skipped }
        kill(pid, signal)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pidBox.withLock { $0 = 0 }
        return status
    }

    func send(_ signal: Int32) { if pid > 0 { kill(pid, signal) } }

    /// How often the kernel has skipped a deciding program, by its own account: of this daemon and of those before it.
    var skippedDecisions: UInt64 {
        pastSkips.withLock { $0 } + (pid > 0 ? Self.skippedDecisions(of: pid) : 0)
    }

    private static func skippedDecisions(of pid: pid_t) -> UInt64 {
        var total: UInt64 = 0
        for descriptor in 0..<1024 {
            guard let text = try? Lab.read("/proc/\(pid)/fdinfo/\(descriptor)") else { continue }
            var values: [Substring: UInt64] = [:]
            for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
                let words = line.split(whereSeparator: { $0 == ":" || $0 == "\t" })
                if words.count == 2, let value = UInt64(words[1]) { values[words[0]] = value }
            }
            // BPF_PROG_TYPE_LSM
            if values["prog_type"] == 29 { total += values["recursion_misses"] ?? 0 }
        }
        return total
    }

    static func spawn(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // This thread may have signals blocked, which what it starts would inherit, and never end by SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let code = Lab.withStrings(arguments) { argv in
            posix_spawn(&pid, arguments[0], &actions, &attributes, argv, environ)
        }
        guard code == 0 else { throw Failure("start \(arguments[0]): \(String(cString: strerror(code)))") }
        return pid
    }

    /// Runs a program to its end; its exit status, or 128 + signal.
    static func runToEnd(_ arguments: [String], output: String) throws -> Int32 {
        let pid = try spawn(arguments, output: output)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}
