// SPDX-License-Identifier: Apache-2.0

import LinuxSystem
import Synchronization

/// Reads what held threads do, and is never held up by them.
///
/// The kernel gives `/proc/TID/syscall` only when no thread of that process is executing a program, and while one is, it
/// closes what is closed on execution: a file of a FUSE server takes as long as the server likes. So a thread of its own
/// reads it, and is left alone when it doesn't come back.
///
/// Sendable; called by the gate's thread.
final class CallReader: Sendable {
    /// How long one reading may take.
    static let limit = Duration.milliseconds(5)
    /// Helpers that are held up at once, at most; then what is held is taken for unknown without looking.
    static let maximumStuck = 16

    private struct State: Sendable {
        var helper: CallHelper?
        /// Left alone, until they come back.
        var stuck: [CallHelper] = []
    }

    private let state = Mutex(State())

    /// `nil` for a thread that doesn't wait yet, or that can't be looked at now: to be tried again.
    func call(of thread: Int32) -> HeldCall? {
        state.withLock { state in
            state.stuck.removeAll { $0.hasEnded }
            // Looked at already: another helper would fare no better.
            if state.stuck.contains(where: { $0.thread == thread }) { return nil }
            if state.helper == nil, state.stuck.count < Self.maximumStuck { state.helper = try? CallHelper() }
            guard let helper = state.helper else { return .unknown }
            switch helper.read(thread, within: Self.limit) {
            case .call(let call): return call
            case .notYet: return nil
            case .stuck:
                helper.end()
                state.stuck.append(helper)
                state.helper = nil
                return nil
            }
        }
    }

    func end() {
        state.withLock { state in
            state.helper?.end()
            state.helper = nil
        }
    }
}
