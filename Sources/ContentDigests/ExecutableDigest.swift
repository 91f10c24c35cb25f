// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The SHA-256 of what a process executes.
public enum ExecutableDigest {
    /// The largest executable that is read, bytes.
    public static let sizeLimit = 1 << 30

    /// Reads the file behind `/proc/PID/exe`, whatever name it has by now; 32 bytes.
    ///
    /// - Returns: `nil` when the process is gone, or executes something that can't be read.
    public static func of(_ pid: Int32) -> [UInt8]? {
        let descriptor = open("/proc/\(pid)/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return FileDigest.of(descriptor, sizeLimit: sizeLimit)
    }
}
