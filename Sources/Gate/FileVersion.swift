// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem

/// Size and change time of a file.
struct FileVersion: Sendable, Hashable {
    /// Two ticks of the slowest clock that stamps files: a later change has a later stamp. Nanoseconds.
    private static let recent: Int64 = 20_000_000

    var size: Int64
    /// Nanoseconds since 1970-01-01 UTC.
    var changeTime: Int64

    /// - Parameter isSettled: whether it is to be `nil` where the next change might have the same stamp.
    init?(_ descriptor: Int32, isSettled: Bool = false) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        size = Int64(status.st_size)
        changeTime = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        let age = Int64(clamping: Clock.wall()) - changeTime
        if isSettled, age < Self.recent { return nil }
    }
}
