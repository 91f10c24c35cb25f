// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What tells whether a file is still the one that was read: a write, a replacement or a change of mode changes it.
public struct FileStamp: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int64
    /// mtime and ctime, in nanoseconds since 1970.
    public var modified: Int64
    public var changed: Int64
    /// Permission bits (07777).
    public var mode: UInt32

    /// Of the file that `path` leads to.
    ///
    /// - Throws: `ENOENT` when there is none.
    public init(_ path: String) throws(Errno) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Errno("stat \(path)") }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        mode = UInt32(status.st_mode) & 0o7777
    }
}
