// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output and error, and what they are connected to.
package struct StandardStreams: Sendable {
    package var output: Screen
    package var error: Screen

    static func examine(color: ColorChoice) -> StandardStreams {
        StandardStreams(
            output: .examine(STDOUT_FILENO, color: color), error: .examine(STDERR_FILENO, color: color))
    }

    /// Writes lines to standard output, at once. - Throws: `OutputClosed` when nobody reads any more.
    func print(_ lines: [String]) throws {
        try Self.write(lines, to: STDOUT_FILENO)
    }

    func print(_ line: String) throws {
        try print([line])
    }

    /// Writes lines to standard error; that they can't be written isn't worth another error.
    func complain(_ lines: [String]) {
        try? Self.write(lines, to: STDERR_FILENO)
    }

    static func write(_ lines: [String], to descriptor: Int32) throws {
        guard !lines.isEmpty else { return }
        var text = lines.joined(separator: "\n") + "\n"
        try text.withUTF8 { buffer in
            var rest = UnsafeRawBufferPointer(buffer)[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    // A terminal or pipe that somebody set to non-blocking: wait until it takes more.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    throw OutputClosed()
                }
            }
        }
    }
}

/// Nobody reads the output any more (`sallyport watch | head`); the command ends without a word.
struct OutputClosed: Error {}
