// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// Makes a recording, piece by piece: each method returns the bytes to append to the file.
///
/// A piece is whole in itself. If writing is cut off, or the recorder killed, everything before the cut is read.
public struct RecordingWriter: Sendable {
    private let startedAtBoot: UInt64
    private var last: UInt64 = 0
    /// Elements so far.
    public private(set) var count: UInt64 = 0
    private var isEnded = false

    /// - Returns: the writer, and what the file begins with.
    /// - Throws: ``RecordingError/tooLong(bytes:)``.
    public static func begin(_ header: RecordingHeader) throws(RecordingError) -> (writer: Self, bytes: [UInt8]) {
        (RecordingWriter(startedAtBoot: header.startedAtBoot), RecordingFormat.line + (try frame(header.message)))
    }

    private init(startedAtBoot: UInt64) { self.startedAtBoot = startedAtBoot }

    /// An element that was sent or answered at `time`, nanoseconds of CLOCK_BOOTTIME. Time that goes backwards stands
    /// still.
    public mutating func append(
        _ content: RecordedElement.Content, at time: UInt64
    ) throws(RecordingError) -> [UInt8] {
        guard !isEnded else { throw .outOfOrder }
        let offset = max(last, time - min(time, startedAtBoot))
        let bytes = try Self.frame(RecordedElement(offset: offset, content).message)
        last = offset
        count += 1
        return bytes
    }

    /// The end: who reads it knows that nothing is missing.
    public mutating func end() throws(RecordingError) -> [UInt8] {
        guard !isEnded else { throw .outOfOrder }
        isEnded = true
        let (last, count) = (last, count)
        return try Self.frame(
            Sallyport_V1_RecordedElement.with {
                $0.offset = last
                $0.end = .with { $0.elements = count }
            })
    }

    private static func frame(_ message: some SwiftProtobuf.Message) throws(RecordingError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try message.serializedBytes() } catch { throw .tooLong(bytes: .max) }
        guard bytes.count <= RecordingFormat.maximumMessageLength else { throw .tooLong(bytes: bytes.count) }
        return RecordingFormat.framed(bytes)
    }
}
