// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
package import LinuxSystem
import Synchronization

/// Wakes whoever waits for records in a ring: one thread for all rings.
///
/// ## Concurrency model
/// `run` has a thread of its own; `wait` is called by tasks, one a ring at a time. A ring is watched once for each `wait`
/// (EPOLLONESHOT), so that who doesn't read costs nothing. No continuation is resumed under the mutex.
package final class RingWatcher: Sendable {
    /// How often `tick` is called at least, milliseconds.
    package static let tickMilliseconds: Int32 = 100

    private struct State: Sendable {
        var waiting: [Int32: CheckedContinuation<Void, Never>] = [:]
        var known: Set<Int32> = []
        var isStopped = false
    }

    private let epoll: Int32
    private let state = Mutex(State())

    package init() throws(Errno) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw Errno("make epoll") }
    }

    deinit { close(epoll) }

    /// Returns when the ring may have records, `forget` was called or the watcher has stopped.
    package func wait(_ descriptor: Int32) async {
        await withCheckedContinuation { continuation in
            let isWatched = state.withLock { state in
                guard !state.isStopped, state.waiting[descriptor] == nil else { return false }
                var event = epoll_event()
                event.events = EPOLLIN.rawValue | EPOLLONESHOT.rawValue
                event.data.fd = descriptor
                let action = state.known.contains(descriptor) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD
                state.waiting[descriptor] = continuation
                state.known.insert(descriptor)
                guard epoll_ctl(epoll, action, descriptor, &event) == 0 else {
                    state.waiting[descriptor] = nil
                    state.known.remove(descriptor)
                    return false
                }
                return true
            }
            if !isWatched { continuation.resume() }
        }
    }

    /// Ends a wait, if there is one, and lets go of the ring. To be called before it is closed.
    package func forget(_ descriptor: Int32) {
        let waiting = state.withLock { state in
            if state.known.remove(descriptor) != nil { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil) }
            return state.waiting.removeValue(forKey: descriptor)
        }
        waiting?.resume()
    }

    /// Waits for records until `stop`. `tick` is called every 100 ms or more often.
    package func run(tick: () -> Void) {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while !state.withLock({ $0.isStopped }) {
            let count = epoll_wait(epoll, &events, Int32(events.count), Self.tickMilliseconds)
            for event in events.prefix(max(0, Int(count))) {
                let waiting = state.withLock { $0.waiting.removeValue(forKey: event.data.fd) }
                waiting?.resume()
            }
            tick()
        }
    }

    /// Ends `run` and every wait.
    package func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }
}
