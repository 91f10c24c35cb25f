// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import FoundationEssentials
import SallyportAPI
import SwiftProtobuf
import Testing

@testable import Recording

@Suite
struct RecordingReaderTests {
    private var whole: [RecordingReader.Item] {
        [.header(Samples.header)] + Samples.elements.map(RecordingReader.Item.element)
    }

    @Test("what was written is read, in pieces of any size", arguments: [1, 7, 1000, 1 << 20])
    func roundTrip(piece: Int) throws {
        let (bytes, _) = try Samples.bytes()
        #expect(bytes.starts(with: Array("sallyport-recording 1\n".utf8)))
        let (items, ending, reader) = try Samples.read(bytes, piece: piece)
        #expect(items == whole)
        #expect(ending == .complete)
        #expect(reader.count == UInt64(Samples.elements.count) && reader.skipped == 0)
    }

    @Test("cut off anywhere, everything before the cut is read, and the cut is told with its place")
    func cutOff() throws {
        let (bytes, ends) = try Samples.bytes()
        let line = RecordingFormat.line.count
        for length in 0..<bytes.count {
            let cut = Array(bytes[..<length])
            if length < line {
                #expect(throws: RecordingError.notARecording) { try Samples.read(cut) }
                continue
            }
            let (items, ending, _) = try Samples.read(cut)
            let pieces = ends.filter { $0 <= length }
            #expect(items == Array(whole.prefix(pieces.count)))
            #expect(ending == .cutOff(at: UInt64(pieces.last ?? line)))
        }
    }

    @Test("zeros, which a file system leaves of what wasn't written, are a cut as well")
    func zeros() throws {
        let (bytes, ends) = try Samples.bytes()
        let (items, ending, _) = try Samples.read(bytes[..<ends[3]] + [UInt8](repeating: 0, count: 5000), piece: 100)
        #expect(items == Array(whole.prefix(4)) && ending == .cutOff(at: UInt64(ends[3])))
    }

    @Test("what is no recording, or a later one's, is told apart")
    func firstLine() throws {
        let rest = try Samples.bytes().bytes.dropFirst(RecordingFormat.line.count)
        for line in [
            "sallyport-recording one\n", "sallyport-recording \n", "sallyport-recording 0\n", "{\"sequence\": 1}\n",
            "sallyport-recording 1" + String(repeating: " ", count: 100), "sallyport-recording 01\n", "\n",
        ] {
            #expect(throws: RecordingError.notARecording, "\(line)") { try Samples.read(Array(line.utf8) + rest) }
        }
        #expect(throws: RecordingError.laterVersion("2")) {
            try Samples.read(Array("sallyport-recording 2\n".utf8) + rest)
        }
    }

    @Test("an element of a later version, or with a value that isn't allowed, is skipped and counted")
    func skipped() throws {
        var later = Samples.elements[2].message
        later.stream.event.operation = .UNRECOGNIZED(999)
        var unset = Sallyport_V1_RecordedElement()
        unset.offset = 5
        let broken = Sallyport_V1_RecordedElement.with { $0.answer.digest = Data([1, 2, 3]) }
        let (items, ending, reader) = try Samples.read(try file([broken, later, unset], count: 3))
        #expect(items.count == 4 && reader.skipped == 3 && reader.count == 3 && ending == .complete)
        for item in items.dropFirst() {
            guard case .skipped(let reason) = item else {
                Issue.record("\(item)")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("damage is told with its place")
    func damage() throws {
        let start = UInt64(try Samples.bytes(of: []).ends[0])
        let intact = try Samples.bytes(of: []).bytes[..<Int(start)]
        #expect(throws: RecordingError.damaged(at: start, reason: "a message of 1048577 bytes")) {
            try Samples.read(intact + [0x81, 0x80, 0x40])
        }
        #expect(throws: RecordingError.damaged(at: start, reason: "a length that is none")) {
            try Samples.read(intact + [0xff, 0xff, 0xff, 0xff])
        }
        let early = [Samples.elements[4].message, Samples.elements[3].message]
        let second = start + UInt64(RecordingFormat.framed(try early[0].serializedBytes()).count)
        #expect(
            throws: RecordingError.damaged(at: second, reason: "an element is earlier than the one before")
        ) { try Samples.read(try file(early, count: 2)) }
        #expect(throws: RecordingError.damaged(at: start, reason: "7 elements were recorded and 0 are here")) {
            try Samples.read(try file([], count: 7))
        }
        let (whole, _) = try Samples.bytes()
        #expect(throws: RecordingError.damaged(at: UInt64(whole.count), reason: "something follows the end")) {
            try Samples.read(whole + [1])
        }
        #expect {
            try Samples.read(intact + [2, 0xff, 0xff])
        } throws: { error in
            guard case .damaged(start, let reason)? = error as? RecordingError else { return false }
            return reason.hasPrefix("no element")
        }
    }

    @Test("no bytes at all make it do anything but throw or read")
    func hostile() throws {
        var random = SeededChoices(state: 11)
        let (bytes, _) = try Samples.bytes()
        var outcomes: [String: Int] = [:]
        for round in 0..<8000 {
            var damaged = bytes
            switch round % 4 {
            case 0:
                for _ in 0...random.next() % 4 {
                    damaged[Int(random.next() % UInt64(damaged.count))] ^= 1 << (random.next() % 8)
                }
            case 1: damaged.removeSubrange(Int(random.next() % 200)..<Int(200 + random.next() % 200))
            case 2:
                let from = RecordingFormat.line.count
                for index in from..<damaged.count { damaged[index] = UInt8(truncatingIfNeeded: random.next()) }
            default: damaged.insert(contentsOf: damaged[100..<300], at: Int(random.next() % UInt64(damaged.count)))
            }
            do {
                let (items, ending, _) = try Samples.read(damaged, piece: 1 + Int(random.next() % 300))
                outcomes[ending == .complete ? "complete" : "cut", default: 0] += 1
                #expect(items.count < 100)
            } catch {
                #expect(error is RecordingError)
                outcomes["error", default: 0] += 1
            }
        }
        for outcome in ["complete", "cut", "error"] { #expect((outcomes[outcome] ?? 0) > 100, "\(outcomes)") }
    }

    /// A recording of these messages, whatever they are.
    private func file(_ messages: [Sallyport_V1_RecordedElement], count: UInt64) throws -> [UInt8] {
        let (bytes, ends) = try Samples.bytes(of: [])
        var file = Array(bytes[..<ends[0]])
        for message in messages { file += RecordingFormat.framed(try message.serializedBytes()) }
        let end = Sallyport_V1_RecordedElement.with {
            $0.offset = messages.map(\.offset).max() ?? 0
            $0.end.elements = count
        }
        return file + RecordingFormat.framed(try end.serializedBytes())
    }
}
