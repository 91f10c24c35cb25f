// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A process that this one started and has to wait for.
public struct ChildProcess: Sendable {
    /// What `wait` returned for.
    public enum Change: Sendable, Hashable {
        case stopped
        /// With that wait status.
        case ended(Int32)
    }

    public let pid: Int32

    /// Starts `arguments[0]` with null devices as its standard files and `inherited` as its descriptors from 3 on.
    public init(_ arguments: [String], inheriting inherited: [Int32]) throws(Errno) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in 0..<3 as Range<Int32> {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
        // From above, so that none of them is overwritten before it is put into place.
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        for descriptor in inherited {
            let copy = clinux_copy_above(descriptor, 64)
            guard copy >= 0 else { throw Errno("dup") }
            posix_spawn_file_actions_adddup2(&actions, copy, 3 + Int32(copies.count))
            copies.append(copy)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &actions, &attributes, words, environ)
        guard code == 0 else { throw Errno("start \(arguments[0])", code: code) }
        self.pid = pid
    }

    /// Waits until it is stopped or has ended.
    public func wait() -> Change {
        var status: Int32 = 0
        while waitpid(pid, &status, WUNTRACED) < 0 {
            // Somebody else waited for it.
            if errno != EINTR { return .ended(-1) }
        }
        return status & 0xff == 0x7f ? .stopped : .ended(status)
    }

    public func signal(_ number: Int32) { kill(pid, number) }
}
