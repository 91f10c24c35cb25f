// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Tells when something was mounted or unmounted in this process's mount namespace.
public final class MountWatcher: Sendable {
    private let descriptor: Int32

    public init() throws(Errno) {
        descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno("open /proc/self/mountinfo") }
    }

    deinit { close(descriptor) }

    /// Waits up to that many milliseconds; whether there was a change since it was last asked, or made.
    public func hasChanged(within timeout: Int32) throws(Errno) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLPRI), revents: 0)
        let ready = poll(&polled, 1, timeout)
        if ready < 0 && errno != EINTR { throw Errno("poll /proc/self/mountinfo") }
        return ready > 0 && polled.revents & Int16(POLLPRI | POLLERR) != 0
    }
}
