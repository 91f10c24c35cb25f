// SPDX-License-Identifier: Apache-2.0

import Crypto
import EndpointModel
import Glibc

/// An executable on the command line: its SHA-256, or the file.
enum ExecutableArgument {
    /// - Throws: `CommandFailure` when it is neither a digest nor a file that can be read.
    static func digest(_ text: String) throws -> EndpointModel.Digest {
        if let digest = EndpointModel.Digest(text) { return digest }
        let descriptor = open(text, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .usage,
                "'\(text)' is no SHA-256 (64 hexadecimal digits), and can't be read: "
                    + String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var hash = SHA256()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(.usage, "can't read \(text): \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            chunk.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return EndpointModel.Digest(bytes: Array(hash.finalize()))!
    }
}
