// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Lets a thread wait until a time or until another thread calls, whichever comes first (eventfd(2), ppoll(2)).
public final class WakeUp: Sendable {
    private let descriptor: Int32

    public init() throws(Errno) {
        descriptor = clinux_eventfd()
        guard descriptor >= 0 else { throw Errno("eventfd") }
    }

    deinit { close(descriptor) }

    /// Ends the wait under way, or the next one.
    public func call() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Waits until `instant` by `Clock.boot`, nanoseconds; `nil` is until a call.
    public func wait(until instant: UInt64?) {
        let now = Clock.boot()
        if let instant, instant <= now { return clear() }
        _ = clinux_wait_readable(descriptor, instant.map { $0 - now } ?? .max)
        clear()
    }

    private func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
