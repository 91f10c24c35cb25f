// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A group of fanotify permission marks: opens for execution are held until they are answered.
///
/// The kernel allows everything that is pending when the last descriptor closes (fanotify(7)); a stopped process that
/// holds the group holds the openers.
public final class FanotifyGroup: Sendable {
    /// One held open. `descriptor` is the file, opened by the kernel for us; it must be answered and closed.
    public struct Question: Sendable {
        public var descriptor: Int32
        public var pid: Int32
    }

    private let group: Int32

    /// Needs CAP_SYS_ADMIN.
    public init() throws(Errno) {
        let flags = clinux_fan_class_content | clinux_fan_cloexec | clinux_fan_nonblock | clinux_fan_unlimited_queue
        group = fanotify_init(flags, UInt32(O_RDONLY | O_CLOEXEC))
        guard group >= 0 else { throw Errno("fanotify_init") }
    }

    deinit { close(group) }

    /// Holds opens for execution on the mount that `path` lies on.
    public func holdExecutions(onMountOf path: String) throws(Errno) {
        let flags = clinux_fan_mark_add | clinux_fan_mark_mount
        guard fanotify_mark(group, flags, clinux_fan_open_exec_perm, AT_FDCWD, path) == 0 else {
            throw Errno("fanotify_mark \(path)")
        }
    }

    /// Waits up to `timeout` milliseconds; returns what is held.
    ///
    /// - Throws: `Errno` of `read` when the kernel couldn't open the file of a question for us (EACCES on a network file
    ///   system, EMFILE, …): it has refused that open then, and the group works on.
    public func wait(timeout: Int32) throws(Errno) -> [Question] {
        var polled = pollfd(fd: group, events: Int16(POLLIN), revents: 0)
        let ready = poll(&polled, 1, timeout)
        if ready == 0 || (ready < 0 && errno == EINTR) { return [] }
        guard ready > 0 else { throw Errno("poll fanotify") }
        var buffer = [UInt64](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes { read(group, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EAGAIN || errno == EINTR { return [] }
            throw Errno("read fanotify")
        }
        return buffer.withUnsafeBytes { bytes in
            var questions: [Question] = []
            var offset = 0
            while offset + MemoryLayout<fanotify_event_metadata>.size <= count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: fanotify_event_metadata.self)
                guard event.event_len >= MemoryLayout<fanotify_event_metadata>.size else { break }
                if event.fd >= 0 { questions.append(Question(descriptor: event.fd, pid: event.pid)) }
                offset += Int(event.event_len)
            }
            return questions
        }
    }

    /// Lets the open go on or fail with EPERM, and closes the question's descriptor.
    public func answer(_ question: Question, allow: Bool) {
        var response = fanotify_response(fd: question.descriptor, response: allow ? clinux_fan_allow : clinux_fan_deny)
        _ = write(group, &response, MemoryLayout<fanotify_response>.size)
        close(question.descriptor)
    }
}
