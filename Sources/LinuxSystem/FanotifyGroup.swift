// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A group of fanotify permission marks: opens are held until they are answered.
///
/// The kernel allows everything that is pending when the last descriptor of the group closes (fanotify(7)); as long as
/// somebody has one, whoever opens waits. An answer names the descriptor's number in the process that read the question,
/// and may come from any process that has the group.
public final class FanotifyGroup: Sendable {
    /// What is held.
    public struct Kinds: OptionSet, Sendable, Hashable {
        public var rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        /// Opens to execute: programs, interpreters and the loader.
        public static let execution = Kinds(rawValue: clinux_fan_open_exec_perm)
        /// Every open of a regular file, those to execute among them.
        public static let open = Kinds(rawValue: clinux_fan_open_perm)
    }

    /// How far a mark reaches.
    public enum Scope: Sendable, Hashable {
        /// The mount that a path lies on, as this process's mount namespace has it.
        case mount
        /// The file system that a path lies on, by whichever mount and in whichever namespace.
        case fileSystem

        var flag: UInt32 {
            switch self {
            case .mount: clinux_fan_mark_mount
            case .fileSystem: clinux_fan_mark_filesystem
            }
        }
    }

    /// One held open. `descriptor` is the file, opened by the kernel for the reader: answer, then close it.
    public struct Question: Sendable {
        public var descriptor: Int32
        /// The thread that opens.
        public var thread: Int32
        public var kinds: Kinds

        /// Whether it is a regular file, and not a pipe, a device or the like.
        public var isRegular: Bool {
            var status = stat()
            return fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
        }
    }

    /// Questions that one `read` returns at most: few, because the kernel opens a file for each before it returns.
    public static let batch = 64

    public let descriptor: Int32
    private let isOwned: Bool

    /// Needs CAP_SYS_ADMIN.
    ///
    /// Files are opened for the reader without waiting: a lease that somebody holds would hold the reader, and with it
    /// everybody else. An open of such a file is refused, and the lease is being broken.
    public init() throws(Errno) {
        let flags =
            clinux_fan_class_content | clinux_fan_cloexec | clinux_fan_nonblock | clinux_fan_unlimited_queue
            | clinux_fan_unlimited_marks | clinux_fan_report_tid
        descriptor = fanotify_init(flags, UInt32(O_RDONLY | O_CLOEXEC | O_NONBLOCK) | clinux_no_access_time)
        guard descriptor >= 0 else { throw Errno("fanotify_init") }
        isOwned = true
    }

    /// A group that this process was started with.
    public init(inherited descriptor: Int32) {
        self.descriptor = descriptor
        isOwned = false
    }

    deinit { if isOwned { close(descriptor) } }

    // MARK: Marks

    public func hold(_ kinds: Kinds, _ scope: Scope, of path: String) throws(Errno) {
        try mark(clinux_fan_mark_add | scope.flag, kinds, AT_FDCWD, path)
    }

    /// - Throws: `ENOENT` when it wasn't held.
    public func release(_ kinds: Kinds, _ scope: Scope, of path: String) throws(Errno) {
        try mark(clinux_fan_mark_remove | scope.flag, kinds, AT_FDCWD, path)
    }

    /// Lets everything pass from now on. What is pending still has to be answered.
    public func releaseAll() {
        for scope in [Scope.mount, .fileSystem] { try? mark(clinux_fan_mark_flush | scope.flag, [], AT_FDCWD, "/") }
        forgetPasses()
    }

    /// Asks about a file no more until somebody writes to it (write(2), truncate(2); not through a mapping) or the
    /// kernel drops the file's inode from memory.
    public func pass(_ kinds: Kinds, _ file: Int32) throws(Errno) {
        try mark(clinux_fan_mark_add | clinux_fan_mark_ignored_mask | clinux_fan_mark_evictable, kinds, file, nil)
    }

    /// Asks about a file again that `pass` let pass.
    public func endPass(_ kinds: Kinds, _ file: Int32) {
        try? mark(clinux_fan_mark_remove | clinux_fan_mark_ignored_mask, kinds, file, nil)
    }

    /// Asks about all files again. (The only marks on inodes are those of `pass`.)
    public func forgetPasses() { try? mark(clinux_fan_mark_flush, [], AT_FDCWD, "/") }

    private func mark(_ flags: UInt32, _ kinds: Kinds, _ directory: Int32, _ path: String?) throws(Errno) {
        guard fanotify_mark(descriptor, flags, kinds.rawValue, directory, path) == 0 else {
            throw Errno("fanotify_mark \(path ?? "")")
        }
    }
}
