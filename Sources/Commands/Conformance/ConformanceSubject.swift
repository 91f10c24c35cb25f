// SPDX-License-Identifier: Apache-2.0

import Conformance
import Glibc
import Synchronization

/// A program that is checked: a process for each start.
struct ConformanceSubject: ConformanceAgent {
    var arguments: [String]
    /// The file that what it writes is appended to.
    var output: String

    func start(credentials: String, socket: String) throws -> any RunningAgent {
        RunningProgram(
            try AgentProcess(arguments, credentials: credentials, socket: socket, output: output).start())
    }
}

/// A process of it.
private final class RunningProgram: RunningAgent {
    private enum Status {
        case running(pid_t)
        case ended(String)
    }
    private let status: Mutex<Status>

    init(_ pid: pid_t) {
        status = Mutex(.running(pid))
    }

    /// Looked up rather than waited for: once its status was taken, another process may have its number.
    var ending: String? {
        status.withLock { status in
            switch status {
            case .ended(let ending): return ending
            case .running(let pid):
                var code: Int32 = 0
                guard waitpid(pid, &code, WNOHANG) == pid else { return nil }
                let signal = code & 0x7f
                let ending = signal == 0 ? "exit status \(code >> 8 & 0xff)" : "signal \(signal)"
                status = .ended(ending)
                return ending
            }
        }
    }

    func terminate() { send(SIGTERM) }

    func kill() {
        send(SIGKILL)
        status.withLock { status in
            guard case .running(let pid) = status else { return }
            var code: Int32 = 0
            while waitpid(pid, &code, 0) < 0 && errno == EINTR {}
            status = .ended("killed")
        }
    }

    private func send(_ number: Int32) {
        status.withLock { status in
            if case .running(let pid) = status { Glibc.kill(pid, number) }
        }
    }
}
