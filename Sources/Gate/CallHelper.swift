// SPDX-License-Identifier: Apache-2.0

import LinuxSystem
import Synchronization

/// A thread that reads what held threads do, one after another, for one that must not wait for it.
final class CallHelper: Sendable {
    enum Reading {
        case call(HeldCall)
        /// The held thread doesn't wait yet.
        case notYet
        /// The helper is held up: to be abandoned.
        case stuck
    }

    private struct State: Sendable {
        /// The thread that is being looked at; `nil` when `call` is what was read.
        var thread: Int32?
        var call: HeldCall?
        var isEnding = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let request: WakeUp
    private let reply: WakeUp

    init() throws(Errno) {
        request = try WakeUp()
        reply = try WakeUp()
        try SystemThread(name: "gate-calls") { [self] in serve() }.detach()
    }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    /// Whom it is held up by.
    var thread: Int32? { state.withLock { $0.thread } }

    /// Called by one thread, and not again when it was stuck.
    func read(_ thread: Int32, within limit: Duration) -> Reading {
        state.withLock { $0.thread = thread }
        request.call()
        let end = Clock.boot() + limit.boot
        while true {
            let (isRead, call) = state.withLock { ($0.thread == nil, $0.call) }
            if isRead { return call.map(Reading.call) ?? .notYet }
            if Clock.boot() >= end { return .stuck }
            reply.wait(until: end)
        }
    }

    /// Has the thread end as soon as it isn't held up.
    func end() {
        state.withLock { $0.isEnding = true }
        request.call()
    }

    private func serve() {
        // As the gate's thread, which waits for this one.
        SystemThread.setNice(-20)
        while !state.withLock({ $0.isEnding }) {
            request.wait(until: nil)
            guard let thread = state.withLock({ $0.thread }) else { continue }
            let call = HeldCall(ofThread: thread)
            state.withLock { state in
                state.call = call
                state.thread = nil
            }
            reply.call()
        }
        state.withLock { $0.hasEnded = true }
    }
}
