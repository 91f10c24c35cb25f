// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a thread does in the kernel, by `/proc/TID/syscall`.
public enum SystemCall: Sendable {
    /// It waits in the call of that number with those first arguments: its saved registers, which can't change meanwhile.
    case waiting(number: Int, arguments: InlineArray<4, UInt64>)
    /// It doesn't wait yet, or no longer.
    case running
    /// It is in no system call (a thread of the kernel's, or of io_uring's), or gone.
    ///
    /// A thread that the kernel made in a process (io_uring's) shows the call in which its maker was, which tells nothing of
    /// what it does. It never was at a place of a program: the kernel shows that as 0.
    case none

    public init(ofThread thread: Int32) {
        let descriptor = open("/proc/\(thread)/syscall", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            self = .none
            return
        }
        defer { close(descriptor) }
        self = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { bytes in
            let count = read(descriptor, bytes.baseAddress, bytes.count)
            return count > 0 ? Self(text: bytes.prefix(count)) : .none
        }
    }

    /// `NUMBER 0xARGUMENT × 6 0xSTACK 0xPLACE`, `-1 0xSTACK 0xPLACE` or `running`.
    private init(text: Slice<UnsafeMutableRawBufferPointer>) {
        self = .none
        if text.first == UInt8(ascii: "r") {
            self = .running
            return
        }
        let words = text.split(separator: UInt8(ascii: " "))
        guard words.count == 9, let number = Int(String(decoding: words[0], as: UTF8.self)), number >= 0 else { return }
        let place = String(decoding: words[8].dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let place = UInt64(place, radix: 16), place != 0 else { return }
        var arguments = InlineArray<4, UInt64>(repeating: 0)
        for index in 0..<4 {
            let word = String(decoding: words[index + 1].dropFirst(2), as: UTF8.self)
            guard let value = UInt64(word, radix: 16) else { return }
            arguments[index] = value
        }
        self = .waiting(number: number, arguments: arguments)
    }
}
