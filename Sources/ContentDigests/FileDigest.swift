// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import LinuxSystem

/// The SHA-256 of files that are open for reading.
public enum FileDigest {
    /// Reads from the beginning, whatever the descriptor's position; 32 bytes.
    ///
    /// - Parameter sizeLimit: a larger file isn't read. Bytes.
    /// - Returns: `nil` for one that is too large, or can't be read.
    public static func of(_ descriptor: Int32, sizeLimit: Int) -> [UInt8]? {
        guard let version = Version(descriptor), version.size <= sizeLimit else { return nil }
        var hash = SHA256()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var offset = 0
        while true {
            let count = pread(descriptor, &chunk, chunk.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, offset + count <= sizeLimit else { return nil }
            if count == 0 { break }
            chunk.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
        return Array(hash.finalize())
    }

    /// The same, and `nil` as well where the content may have been another one meanwhile: somebody has the file open for
    /// writing, or has changed it since shortly before.
    public static func ofUnchanged(_ descriptor: Int32, sizeLimit: Int) -> [UInt8]? {
        guard let before = Version(descriptor), FileSystem.isUnwritten(descriptor) else { return nil }
        settle(before.changed)
        guard let digest = of(descriptor, sizeLimit: sizeLimit), FileSystem.isUnwritten(descriptor),
            Version(descriptor) == before
        else { return nil }
        return digest
    }

    /// Two ticks of the slowest clock that stamps files, nanoseconds: an earlier change would have another stamp.
    private static let settlingTime: Int64 = 20_000_000

    /// Waits until a further change would have another time stamp than this one; nanoseconds since 1970.
    static func settle(_ changed: Int64) {
        let age = Int64(bitPattern: Clock.wall()) &- changed
        if age >= 0, age < settlingTime { Clock.sleep(microseconds: UInt32((settlingTime - age) / 1000 + 1)) }
    }

    private struct Version: Equatable {
        var size: Int
        /// Nanoseconds since 1970.
        var changed: Int64

        init?(_ descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            size = status.st_size
            changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
        }
    }
}
