// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem

/// The system call that a held thread is in, as far as it tells what the file is opened for.
///
/// fanotify doesn't tell the flags of an open. The thread waits in the kernel, so its saved registers can't change, and
/// `/proc/TID/syscall` shows them. Flags in memory (`openat2`) could change, so they are taken for unknown, as are opens
/// by io_uring's and the kernel's own threads.
enum HeldCall: Hashable {
    case open(Set<Access>)
    /// The program or its loader.
    case execution

    /// Whatever an open may be for.
    static let unknown = HeldCall.open([.read, .write])

    /// `nil` for a thread that doesn't wait yet: a question may be read before who asks it has gone to sleep.
    init?(ofThread thread: Int32) {
        self = .unknown
        let call = SystemCall(ofThread: thread)
        if case .running = call { return nil }
        guard case .waiting(let number, let arguments) = call else { return }
        switch Call(rawValue: number) {
        case .open: self = .open(Self.access(arguments[1]))
        case .openAt, .openByHandle: self = .open(Self.access(arguments[2]))
        case .create: self = .open([.write])
        case .execute, .executeAt, .execute32, .executeAt32: self = .execution
        case nil: break
        }
    }

    /// By O_ACCMODE; 3 is a mode of its own that wants both. O_TRUNC empties a file whatever the mode.
    private static func access(_ flags: UInt64) -> Set<Access> {
        switch flags & 3 {
        case 0: flags & UInt64(O_TRUNC) == 0 ? [.read] : [.read, .write]
        case 1: [.write]
        default: [.read, .write]
        }
    }

    var reads: Bool {
        switch self {
        case .open(let access): access.contains(.read)
        case .execution: true
        }
    }

    #if arch(x86_64)
    /// The numbers of 64-bit calls, and of 32-bit ones: the same number may be a call of each kind, but of two that
    /// share one of these, one opens no file.
    private enum Call: Int {
        case open = 2
        case openAt = 257
        case create = 85
        case openByHandle = 304
        case execute = 59
        case executeAt = 322
        case execute32 = 11
        case executeAt32 = 358
    }
    #else
    private enum Call: Int {
        case open = -2
        case openAt = 56
        case create = -3
        case openByHandle = 265
        case execute = 221
        case executeAt = 281
        case execute32 = -4
        case executeAt32 = -5
    }
    #endif
}
