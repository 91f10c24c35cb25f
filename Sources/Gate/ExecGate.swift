// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import Glibc
public import LinuxSystem
import Synchronization

/// Holds executions on named mounts until the policies have been asked: enforcement for machines without BPF LSM.
///
/// The verdict is taken in this process, so it takes one round trip to it (10–45 µs an exec, measured) and ends with it:
/// when the daemon dies the kernel lets everything pending pass, when it is stopped execs on those mounts wait. The
/// guard against both comes with the vendors' gate.
///
/// ## Concurrency model
/// `run` is called on one thread, which reads, decides and answers in order. `stop` may be called from anywhere.
public final class ExecGate: Sendable {
    /// How long one wait for questions lasts at most. Milliseconds.
    static let waitMilliseconds: Int32 = 100

    private let group: FanotifyGroup
    private let stopping = Mutex(false)

    /// - Throws: `Errno` when a mount can't be watched; nothing is held then.
    public init(mounts: [String]) throws(Errno) {
        group = try FanotifyGroup()
        for mount in mounts { try group.holdExecutions(onMountOf: mount) }
    }

    public func stop() { stopping.withLock { $0 = true } }

    /// Answers until `stop`. `decide` is called on this thread for each held execution and says whether it may go on;
    /// `refused` when the kernel has refused one itself, because it couldn't open the file for us.
    ///
    /// - Throws: only when the group itself is unusable. Who holds executions must not end because of one of them.
    public func run(
        decide: (_ pid: Int32, _ file: FileObject) -> Bool, refused: (Errno) -> Void
    ) throws(Errno) {
        while !stopping.withLock({ $0 }) {
            let questions: [FanotifyGroup.Question]
            do {
                questions = try group.wait(timeout: Self.waitMilliseconds)
            } catch  where error.code != EBADF && error.code != EINVAL {
                refused(error)
                continue
            }
            for question in questions {
                let file = Self.describe(question.descriptor)
                group.answer(question, allow: decide(question.pid, file))
            }
        }
    }

    private static func describe(_ descriptor: Int32) -> FileObject {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            return FileObject(path: ObservedPath(bytes: [], unresolvable: .anonymous))
        }
        var file = FileObject(path: path(of: descriptor, status))
        file.identity.device = UInt32(truncatingIfNeeded: status.st_dev)
        file.identity.inode = UInt64(status.st_ino)
        file.mode = status.st_mode
        file.ownerUID = status.st_uid
        file.ownerGID = status.st_gid
        file.size = UInt64(max(0, status.st_size))
        if status.st_nlink == 0 { file.flags.insert(.deleted) }
        if status.st_mode & S_ISUID != 0 { file.flags.insert(.setuid) }
        if status.st_mode & S_ISGID != 0 { file.flags.insert(.setgid) }
        if status.st_mode & S_IWOTH != 0 { file.flags.insert(.worldWritable) }
        return file
    }

    /// The path as the kernel shows it to this process. A file without links keeps its former path, as in the kernel.
    ///
    /// The kernel appends " (deleted)" to a name that was removed, which a file may also be called, and which happens to a
    /// hard link while others are left: it is the name if the same file is found under it.
    private static func path(of descriptor: Int32, _ status: stat) -> ObservedPath {
        guard var bytes = ProcFS.link("/proc/self/fd/\(descriptor)"), bytes.first == UInt8(ascii: "/") else {
            return ObservedPath(bytes: [], unresolvable: .anonymous)
        }
        if bytes.count >= 4096 { return ObservedPath(bytes: bytes, unresolvable: .tooLong) }
        let suffix = Array(" (deleted)".utf8)
        if bytes.suffix(suffix.count) == suffix[...] {
            var named = stat()
            let isName =
                (bytes + [0]).withUnsafeBytes { lstat($0.baseAddress!.assumingMemoryBound(to: CChar.self), &named) }
                == 0
                && named.st_dev == status.st_dev && named.st_ino == status.st_ino
            if !isName { bytes.removeLast(suffix.count) }
        }
        let anonymous = bytes.starts(with: Array("/memfd:".utf8))
        return ObservedPath(bytes: bytes, unresolvable: anonymous ? .anonymous : nil)
    }
}
