// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

extension FanotifyGroup {
    /// Waits up to `timeout` milliseconds for a question; whether there is one.
    public func wait(timeout: Int32) throws(Errno) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&polled, 1, timeout)
        if ready < 0 && errno != EINTR { throw Errno("poll fanotify") }
        return ready > 0
    }

    /// Whether the group can still be read and answered at all; an error of `read` may be a single file's.
    public var isUsable: Bool {
        guard fcntl(descriptor, F_GETFD) >= 0 else { return false }
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 0) <= 0 || polled.revents & Int16(POLLNVAL | POLLERR) == 0
    }

    /// Adds what is held to `questions`, at most `batch`; returns without waiting.
    ///
    /// - Throws: `Errno` of `read` when the kernel couldn't open the file of a question for us (EACCES on a network file
    ///   system, EMFILE, …): it has refused that open then, and the group works on. A driver or file system may give any
    ///   error for its file; whether it is the group's own, `isUsable` tells.
    public func read(into questions: inout [Question]) throws(Errno) {
        let size = MemoryLayout<fanotify_event_metadata>.size
        try withUnsafeTemporaryAllocation(byteCount: Self.batch * size, alignment: 8) {
            (bytes: UnsafeMutableRawBufferPointer) throws(Errno) in
            let count = Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                throw Errno("read fanotify")
            }
            var offset = 0
            while offset + size <= count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: fanotify_event_metadata.self)
                guard event.event_len >= size else { break }
                if event.fd >= 0 {
                    questions.append(
                        Question(descriptor: event.fd, thread: event.pid, kinds: Kinds(rawValue: event.mask)))
                }
                offset += Int(event.event_len)
            }
        }
    }

    /// Lets the open go on or fail with EPERM; false when no such question is pending (any more).
    ///
    /// The kernel looks for the number among what is pending, oldest first.
    @discardableResult
    public func answer(_ number: Int32, allow: Bool) -> Bool {
        var response = fanotify_response(fd: number, response: allow ? clinux_fan_allow : clinux_fan_deny)
        return write(descriptor, &response, MemoryLayout<fanotify_response>.size) > 0
    }
}
