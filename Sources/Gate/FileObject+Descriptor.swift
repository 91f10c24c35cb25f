// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem

extension FileObject {
    /// The file behind a descriptor, as far as this process sees it.
    init(describing descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            self.init(path: ObservedPath(bytes: [], unresolvable: .anonymous))
            return
        }
        self.init(path: Self.path(of: descriptor, status))
        identity.device = UInt32(truncatingIfNeeded: status.st_dev)
        identity.inode = UInt64(status.st_ino)
        mode = status.st_mode
        ownerUID = status.st_uid
        ownerGID = status.st_gid
        size = UInt64(max(0, status.st_size))
        if status.st_nlink == 0 { flags.insert(.deleted) }
        if status.st_mode & S_ISUID != 0 { flags.insert(.setuid) }
        if status.st_mode & S_ISGID != 0 { flags.insert(.setgid) }
        if status.st_mode & S_IWOTH != 0 { flags.insert(.worldWritable) }
    }

    /// The path as the kernel shows it to this process. A file without links keeps its former path, as in the kernel.
    ///
    /// The kernel appends " (deleted)" to a name that was removed, which a file may also be called, and which happens to a
    /// hard link while others are left: it is the name if the same file is found under it. Looked for only among what the
    /// kernel has in memory, where the name of an open file stands: the opener chose the path, and a walk along it could
    /// lead this thread to an automounter or a server that never answers.
    private static func path(of descriptor: Int32, _ status: stat) -> ObservedPath {
        guard var bytes = ProcFS.link("/proc/self/fd/\(descriptor)"), bytes.first == UInt8(ascii: "/") else {
            return ObservedPath(bytes: [], unresolvable: .anonymous)
        }
        if bytes.count >= 4096 { return ObservedPath(bytes: bytes, unresolvable: .tooLong) }
        let suffix = Array(" (deleted)".utf8)
        if bytes.suffix(suffix.count) == suffix[...] {
            let isName =
                status.st_nlink > 0
                && FileSystem.isKnown(bytes, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            if !isName { bytes.removeLast(suffix.count) }
        }
        let anonymous = bytes.starts(with: Array("/memfd:".utf8))
        return ObservedPath(bytes: bytes, unresolvable: anonymous ? .anonymous : nil)
    }
}
