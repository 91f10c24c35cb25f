// SPDX-License-Identifier: Apache-2.0

/// Why a file can't be read any further as a recording, or something can't be recorded.
public enum RecordingError: Error, Hashable, Sendable {
    /// It doesn't begin as one.
    case notARecording
    /// A later platform made it.
    case laterVersion(String)
    /// What a byte offset into the file leads to isn't what has to be there; what came before is good.
    case damaged(at: UInt64, reason: String)
    /// The element is longer than ``RecordingFormat/maximumMessageLength``.
    case tooLong(bytes: Int)
    /// An element after the end, or before the header.
    case outOfOrder
}

extension RecordingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notARecording: "this is no recording: `sallyport record --out FILE` makes one"
        case .laterVersion(let version):
            "this is a recording of version \(version), and this program reads \(RecordingFormat.version):"
                + " use a later one"
        case .damaged(let offset, let reason): "the recording is damaged at byte \(offset): \(reason)"
        case .tooLong(let bytes):
            "an element of \(bytes) bytes is more than the limit recording-element"
                + " (\(RecordingFormat.maximumMessageLength))"
        case .outOfOrder: "a recording has its header first and nothing after its end"
        }
    }
}
