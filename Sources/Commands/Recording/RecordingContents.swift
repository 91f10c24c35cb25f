// SPDX-License-Identifier: Apache-2.0

import Glibc
import Recording

/// A recording that is read from its beginning.
enum RecordingContents {
    /// Reads piece by piece; `body` gets each item in order.
    ///
    /// - Returns: whether the recording is complete; else up to which byte it is good.
    /// - Throws: `CommandFailure` when the file can't be read, or isn't a recording; what `body` throws.
    static func forEachItem(
        of path: String, _ body: (RecordingReader.Item) throws -> Void
    ) throws -> RecordingReader.Ending {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if path != "-" { close(descriptor) } }
        var reader = RecordingReader()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        do {
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw failure(path) }
                if count == 0 { break }
                reader.append(chunk[..<count])
                while let item = try reader.next() { try body(item) }
            }
            return try reader.ending()
        } catch let error as RecordingError {
            throw CommandFailure(.findings, "\(path): \(error)")
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.usage, "can't read \(path): \(String(cString: strerror(errno)))")
    }
}
