// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Sallyport

/// An agent that a command starts and waits for.
struct AgentProcess {
    private let arguments: [String]
    private let environment: [String]
    private let output: String?

    /// - Parameters:
    ///   - output: the file that what it writes is appended to; `nil` is where this command writes.
    ///   - credentials: the directory that the agent finds its credentials in.
    ///   - socket: where it connects to.
    init(_ arguments: [String], credentials: String, socket: String, output: String? = nil) {
        self.arguments = arguments
        self.output = output
        let own = ["SALLYPORT_CREDENTIALS", "SALLYPORT_AGENTS_SOCKET"]
        var environment: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            let text = String(cString: entry)
            if !own.contains(where: { text.hasPrefix($0 + "=") }) { environment.append(text) }
            pointer += 1
        }
        self.environment =
            environment + ["SALLYPORT_CREDENTIALS=\(credentials)", "SALLYPORT_AGENTS_SOCKET=\(socket)"]
    }

    /// Starts it; its process number.
    ///
    /// - Throws: `CommandFailure` when it can't be started.
    func start() throws(CommandFailure) -> pid_t {
        var pid = pid_t()
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        }
        // It would inherit what this thread blocks (Dispatch's block nearly everything) and what this process ignores.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, argumentPointers, environmentPointers)
        guard code == 0 else {
            throw CommandFailure(.usage, "can't start \(arguments[0]): \(String(cString: strerror(code)))")
        }
        return pid
    }

    /// Waits for the end of a process that was started: its exit status, or 128 and the signal's number.
    static func wait(for pid: pid_t) async -> Int32 {
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    /// Starts it and waits for its end; an interruption of this command is passed on to it.
    ///
    /// - Returns: its exit status, or 128 and the signal's number.
    /// - Throws: `CommandFailure` when it can't be started.
    func run() async throws -> Int32 {
        let started = try start()
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { kill(started, number) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return await Self.wait(for: started)
    }
}
