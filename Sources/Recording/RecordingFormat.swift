// SPDX-License-Identifier: Apache-2.0

/// What recordings look like: a line, then messages after their lengths. `docs/RECORDINGS.md` is its documentation.
public enum RecordingFormat {
    /// Of the line that a recording begins with. A change that a reader of this version can't skip makes it 2.
    public static let version = 1
    /// The line, without the version and the newline.
    public static let name = "sallyport-recording"
    /// The limit `recording-line`: bytes of the line, newline included.
    public static let maximumLineLength = 64
    /// The limit `recording-element`: bytes of a message. An event takes at most some 100 KiB.
    public static let maximumMessageLength = 1 << 20

    static var line: [UInt8] { Array("\(name) \(version)\n".utf8) }

    /// The message after its length.
    static func framed(_ message: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(message.count + 5)
        var length = message.count
        while length >= 0x80 {
            frame.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        frame.append(UInt8(length))
        return frame + message
    }
}
