// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that was named on the command line, `-` for standard input.
enum FileContents {
    /// A policy file has some kilobytes; what is larger is a mistake, such as a device.
    static let limit = 16 << 20

    /// - Throws: `CommandFailure` that says what is wrong with the file.
    static func read(_ path: String, limit: Int = limit) throws -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if path != "-" { close(descriptor) } }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return contents }
            contents += chunk[..<count]
            guard contents.count <= limit else {
                throw CommandFailure(.usage, "\(path) is larger than \(limit >> 20) MiB; is it the right file?")
            }
        }
    }

    /// A line has some kilobytes; what is larger is no text.
    static let lineLimit = 1 << 20

    /// Reads a file of any length line by line.
    ///
    /// - Throws: `CommandFailure` that says what is wrong with the file; what `body` throws.
    static func forEachLine(of path: String, _ body: (_ line: [UInt8], _ number: Int) throws -> Void) throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if path != "-" { close(descriptor) } }
        var line: [UInt8] = []
        var number = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            var rest = chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                try body(line + rest[..<end], number)
                line = []
                rest = rest[(end + 1)...]
            }
            line += rest
            guard line.count <= lineLimit else {
                throw CommandFailure(.usage, "\(path):\(number + 1): the line is longer than \(lineLimit >> 20) MiB")
            }
        }
        if !line.isEmpty { try body(line, number + 1) }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(.usage, "can't read \(path): \(String(cString: strerror(errno)))")
    }
}
