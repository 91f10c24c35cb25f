// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// An exclusive lock on a file or directory, held until released or the process ends.
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Parameter create: whether to make a file of that name first; else `path` must exist (a directory will do).
    /// - Throws: `EWOULDBLOCK` when another process holds it.
    public init(_ path: String, create: Bool) throws(Errno) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | (create ? O_CREAT : 0), 0o600)
        guard descriptor >= 0 else { throw Errno("open \(path)") }
        guard clinux_lock(descriptor) == 0 else {
            let error = Errno("lock \(path)")
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }
}
