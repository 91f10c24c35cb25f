// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// One process, whatever becomes of its number (pidfd_open(2)).
public final class ProcessReference: Sendable {
    public let descriptor: Int32

    /// `nil` when there is no such process.
    public init?(_ pid: Int32) {
        descriptor = clinux_open_process(pid)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Waits up to that many milliseconds; whether it has ended.
    public func hasEnded(within timeout: Int32 = 0) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, timeout) > 0
    }

    public func signal(_ number: Int32) { _ = clinux_signal_process(descriptor, number) }
}
