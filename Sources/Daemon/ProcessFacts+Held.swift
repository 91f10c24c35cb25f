// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem

extension ProcessFacts {
    /// What `/proc` tells of a process whose operation is held, and of the thread that attempts it. It can't change meanwhile:
    /// the thread waits. Not the process table: the question may overtake the record of an exec.
    ///
    /// - Parameter pathsOnly: whether nothing but its program is asked for.
    init(holding pid: Int32, thread: Int32, pathsOnly: Bool) {
        self.init(exe: Self.program(of: pid))
        guard !pathsOnly else { return }
        cgroup =
            ProcFS.cgroup(ofThread: thread).map { ObservedPath(bytes: $0) }
            ?? ObservedPath(bytes: [], unresolvable: .anonymous)
        // Of a thread that is gone nobody waits for the answer.
        let rights = ProcFS.rights(ofThread: thread)
        user = rights?.user ?? .max
        groups = rights?.groups ?? []
        capabilities = rights?.capabilities ?? 0
    }

    /// As the kernel's programs have it, a removed program keeps its path.
    private static func program(of pid: Int32) -> ObservedPath {
        guard var path = ProcFS.link("/proc/\(pid)/exe") else {
            return ObservedPath(bytes: [], unresolvable: .anonymous)
        }
        let suffix = Array(" (deleted)".utf8)
        var status = stat()
        if path.suffix(suffix.count) == suffix[...], stat("/proc/\(pid)/exe", &status) == 0, status.st_nlink == 0 {
            path.removeLast(suffix.count)
        }
        return ObservedPath(bytes: path)
    }
}
