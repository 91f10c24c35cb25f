// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The descriptors that another process has, listed without opening anything at the time.
///
/// Sendable: the stream is used by one thread only, its owner's.
public final class DescriptorListing: @unchecked Sendable {
    private let stream: OpaquePointer

    public init(of pid: Int32) throws(Errno) {
        guard let stream = opendir("/proc/\(pid)/fd") else { throw Errno("open /proc/\(pid)/fd") }
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// Their numbers now; none when the process has ended.
    public func numbers() -> [Int32] {
        var numbers: [Int32] = []
        rewinddir(stream)
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers
    }
}
