// SPDX-License-Identifier: Apache-2.0

import APIValues
import SallyportAPI
import SwiftProtobuf

/// Reads a recording from bytes that come in pieces of any size. Whatever the bytes are, it throws or goes on, and it
/// keeps no more than one message and what was handed in.
public struct RecordingReader: Sendable {
    /// What comes next.
    public enum Item: Hashable, Sendable {
        /// The first, and only the first.
        case header(RecordingHeader)
        case element(RecordedElement)
        /// An element that can't be used: of a later version, or with a value that isn't allowed. The next one may be.
        case skipped(reason: String)
    }

    /// How a recording ended.
    public enum Ending: Hashable, Sendable {
        /// In order; nothing is missing.
        case complete
        /// Without an end: the recorder was killed, or the disk full. Up to byte `at` all is good.
        case cutOff(at: UInt64)
    }

    private enum Stage: Sendable { case line, header, elements, cut, ended }

    private var buffer: [UInt8] = []
    private var start = 0
    /// The file's bytes before `start`.
    private var consumed: UInt64 = 0
    private var stage = Stage.line
    private var last: UInt64 = 0
    /// Elements so far, those skipped included.
    public private(set) var count: UInt64 = 0
    /// Those that couldn't be used.
    public private(set) var skipped: UInt64 = 0

    public init() {}

    /// Hands in what comes next in the file.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next item; `nil` when there is none in what was handed in. After an error nothing can be read any more.
    public mutating func next() throws(RecordingError) -> Item? {
        switch stage {
        case .line:
            guard try readLine() else { return nil }
            stage = .header
            return try next()
        case .header:
            guard let (bytes, at) = try frame() else { return nil }
            stage = .elements
            do {
                return .header(try RecordingHeader(try Sallyport_V1_RecordingHeader(serializedBytes: bytes)))
            } catch { throw .damaged(at: at, reason: "the header can't be read: \(error)") }
        case .elements:
            guard let (bytes, at) = try frame() else { return nil }
            let message: Sallyport_V1_RecordedElement
            do {
                message = try Sallyport_V1_RecordedElement(serializedBytes: bytes)
            } catch { throw .damaged(at: at, reason: "no element: \(error)") }
            return try item(message, at: at)
        case .cut: return nil
        case .ended:
            guard start == buffer.count else { throw .damaged(at: consumed, reason: "something follows the end") }
            return nil
        }
    }

    /// When the file has no more bytes, and ``next()`` has no more items.
    public func ending() throws(RecordingError) -> Ending {
        switch stage {
        // Of an empty file nobody can say more.
        case .line: throw .notARecording
        case .header, .elements, .cut: .cutOff(at: consumed)
        case .ended: .complete
        }
    }

    private mutating func item(_ message: Sallyport_V1_RecordedElement, at: UInt64) throws(RecordingError) -> Item? {
        guard message.offset >= last else {
            throw .damaged(at: at, reason: "an element is earlier than the one before")
        }
        last = message.offset
        if case .end(let end) = message.element {
            guard end.elements == count else {
                throw .damaged(at: at, reason: "\(end.elements) elements were recorded and \(count) are here")
            }
            stage = .ended
            return try next()
        }
        count += 1
        let reason: String
        do {
            if let element = try RecordedElement(message) { return .element(element) }
            reason = "of a later version"
        } catch { reason = error.description }
        skipped += 1
        return .skipped(reason: reason)
    }

    /// The first line; `false` if there is more to come.
    private mutating func readLine() throws(RecordingError) -> Bool {
        let unread = buffer[start...].prefix(RecordingFormat.maximumLineLength)
        let expected = Array((RecordingFormat.name + " ").utf8)
        guard zip(unread, expected).allSatisfy(==) else { throw .notARecording }
        guard let newline = unread.firstIndex(of: UInt8(ascii: "\n")) else {
            guard unread.count < RecordingFormat.maximumLineLength else { throw .notARecording }
            return false
        }
        let version = String(decoding: unread[..<newline].dropFirst(expected.count), as: UTF8.self)
        guard version == String(RecordingFormat.version) else {
            guard let number = Int(version), number > RecordingFormat.version else { throw .notARecording }
            throw .laterVersion(version)
        }
        consume(newline + 1 - start)
        return true
    }

    /// The next message's bytes, and where it begins; `nil` if there is more to come.
    private mutating func frame() throws(RecordingError) -> (bytes: [UInt8], at: UInt64)? {
        var length = 0
        var position = start
        while true {
            guard position < buffer.count else { return nil }
            let byte = buffer[position]
            // A message's length is below 2^21: three bytes of it.
            guard position - start < 3 else { throw .damaged(at: consumed, reason: "a length that is none") }
            length |= Int(byte & 0x7f) << (7 * (position - start))
            position += 1
            if byte < 0x80 { break }
        }
        guard length <= RecordingFormat.maximumMessageLength else {
            throw .damaged(at: consumed, reason: "a message of \(length) bytes")
        }
        guard length > 0 else {
            // No message is empty: zeros are what a file system leaves of what wasn't written before a crash.
            stage = .cut
            return nil
        }
        guard buffer.count - position >= length else { return nil }
        let at = consumed
        let bytes = Array(buffer[position..<position + length])
        consume(position + length - start)
        return (bytes, at)
    }

    private mutating func consume(_ count: Int) {
        start += count
        consumed += UInt64(count)
    }
}
