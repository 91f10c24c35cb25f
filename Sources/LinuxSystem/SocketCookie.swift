// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A socket of this process's that a library made and keeps to itself, known by the kernel's number for it.
public struct SocketCookie: Sendable {
    /// The option of `SOL_SOCKET` that tells it, eight bytes (SO_COOKIE, which Glibc's module doesn't show).
    public static let option: Int32 = 57

    private let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    /// Has it closed in what this process executes. Costs a call for each descriptor that there is.
    ///
    /// - Returns: false when it isn't among them, or they can't be listed (no `/proc`).
    @discardableResult
    public func closeOnExecution() -> Bool {
        guard let names = try? FileSystem.list("/proc/self/fd") else { return false }
        for case let descriptor? in names.map({ Int32($0) }) {
            var found: UInt64 = 0
            var length = socklen_t(MemoryLayout<UInt64>.size)
            guard getsockopt(descriptor, SOL_SOCKET, Self.option, &found, &length) == 0, found == value else {
                continue
            }
            return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        }
        return false
    }
}
