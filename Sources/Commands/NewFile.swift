// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that isn't there yet.
enum NewFile {
    /// - Throws: `CommandFailure`, also where something of that name exists: nothing is overwritten.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress!, $0.count) }
            guard count > 0 else { throw failure(path) }
            bytes = bytes.dropFirst(count)
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.usage, "can't write \(path): \(String(cString: strerror(errno)))")
    }
}
