// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxSystem

/// What the first bytes of a file say that it is.
enum ImageFormat {
    /// Whether it begins as an ELF file does; one that can't be read counts as one. `nil` when the bytes aren't in memory:
    /// who waits for a disk here has everybody wait.
    static func isImage(_ descriptor: Int32) -> Bool? {
        var first: UInt32 = 0
        do {
            let count = try withUnsafeMutableBytes(of: &first) { bytes throws(Errno) in
                try FileSystem.readAtOnce(descriptor, at: 0, into: bytes)
            }
            return count == 4 && UInt32(bigEndian: first) == 0x7f45_4c46
        } catch {
            return error.code == EAGAIN ? nil : true
        }
    }
}
