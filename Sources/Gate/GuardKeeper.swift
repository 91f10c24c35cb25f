// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem
import Synchronization

/// Keeps a guard running beside the daemon: starts it, and starts it again, or has it go on, when something ended or
/// stopped it.
///
/// ## Concurrency model
/// A thread of its own, because starting the guard is an execution that the gate may hold.
final class GuardKeeper: Sendable {
    /// How long the first guard may take to be ready.
    static let startLimit = Duration.seconds(20)
    /// The pause before one that ended is started again. Microseconds.
    static let pause: UInt32 = 50_000

    private struct State: Sendable {
        /// The guard that runs, ready or not.
        var guardPID: Int32?
        var isEnding = false
        var restarts: UInt64 = 0
        var continued: UInt64 = 0
        var guardEnded: (@Sendable () -> Void)?
        var thread: SystemThread?
    }

    private let state = Mutex(State())
    private let command: [String]
    private let ledger: Ledger
    private let group: FanotifyGroup

    /// Starts a guard and waits until it is ready.
    init(_ command: [String], ledger: Ledger, group: FanotifyGroup) throws(Errno) {
        self.command = command
        self.ledger = ledger
        self.group = group
        let first = try start()
        let limit = Clock.boot() + Self.startLimit.boot
        while ledger.guardian.load() == 0 {
            guard Clock.boot() < limit else {
                first.signal(SIGKILL)
                _ = first.wait()
                throw Errno("start the gate's guard", code: ETIMEDOUT)
            }
            Clock.sleep(microseconds: 1000)
        }
        let thread: SystemThread
        do {
            thread = try SystemThread(name: "guard-keeper") { [self] in keep(first) }
        } catch {
            first.signal(SIGKILL)
            _ = first.wait()
            throw error
        }
        state.withLock { $0.thread = thread }
    }

    var restarts: UInt64 { state.withLock { $0.restarts } }
    var continued: UInt64 { state.withLock { $0.continued } }

    /// Whether a process is a guard that isn't ready yet, or what is to become one: its executions and opens must pass.
    func isStarting(_ pid: Int32) -> Bool {
        guard ledger.guardian.load() == 0 else { return false }
        return pid == state.withLock({ $0.guardPID }) || ProcFS.parent(of: pid) == getpid()
    }

    /// Sets what is done when a guard has ended, before another one is started.
    func whenGuardEnds(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.guardEnded = body } }

    /// Has the guard end in order, and waits for that.
    func end() {
        let thread = state.withLock { state in
            state.isEnding = true
            defer { state.thread = nil }
            return state.thread
        }
        ledger.ending.store(1)
        thread?.join()
    }

    private func start() throws(Errno) -> ChildProcess {
        let child = try ChildProcess(command, inheriting: [ledger.memory.descriptor, group.descriptor])
        state.withLock { $0.guardPID = child.pid }
        return child
    }

    private func keep(_ first: ChildProcess) {
        var child: ChildProcess? = first
        while true {
            if let running = child {
                if running.wait() == .stopped {
                    running.signal(SIGCONT)
                    state.withLock { $0.continued += 1 }
                    continue
                }
                // Its number may be anybody's from now on.
                state.withLock { $0.guardPID = nil }
                ledger.guardian.store(0)
                let (isEnding, ended) = state.withLock { ($0.isEnding, $0.guardEnded) }
                ended?()
                if isEnding { return }
            }
            Clock.sleep(microseconds: Self.pause)
            if state.withLock({ $0.isEnding }) { return }
            child = try? start()
            state.withLock { $0.restarts += 1 }
        }
    }
}
