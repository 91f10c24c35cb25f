// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@testable import Recording

@Suite
struct RecordingWriterTests {
    @Test("times are written from the beginning, and never go back")
    func offsets() throws {
        var (writer, bytes) = try RecordingWriter.begin(Samples.header)
        let content = Samples.elements[2].content
        for time in [Samples.start - 5, Samples.start + 7, Samples.start + 3, Samples.start + 9] {
            bytes += try writer.append(content, at: time)
        }
        bytes += try writer.end()
        let offsets = try Samples.read(bytes).items.compactMap { item -> UInt64? in
            guard case .element(let element) = item else { return nil }
            return element.offset
        }
        #expect(offsets == [0, 7, 7, 9])
    }

    @Test("an element beyond the limit is refused, and the recording goes on without it")
    func tooLong() throws {
        var (writer, bytes) = try RecordingWriter.begin(Samples.header)
        var process = Process(identity: ProcessIdentity(pid: 1, startTime: 1, execCount: 1))
        process.arguments = [String(repeating: "x", count: RecordingFormat.maximumMessageLength)]
        #expect {
            _ = try writer.append(.stream(.process(process)), at: Samples.start)
        } throws: { error in
            guard case .tooLong? = error as? RecordingError else { return false }
            return true
        }
        process.arguments = [String(repeating: "x", count: RecordingFormat.maximumMessageLength - 100)]
        bytes += try writer.append(.stream(.process(process)), at: Samples.start)
        bytes += try writer.end()
        let (items, ending, _) = try Samples.read(bytes, piece: 4096)
        #expect(items.last == .element(RecordedElement(offset: 0, .stream(.process(process)))) && ending == .complete)
    }

    @Test("nothing is written after the end")
    func afterEnd() throws {
        var (writer, _) = try RecordingWriter.begin(Samples.header)
        _ = try writer.end()
        #expect(throws: RecordingError.outOfOrder) { _ = try writer.end() }
        #expect(throws: RecordingError.outOfOrder) {
            _ = try writer.append(Samples.elements[0].content, at: Samples.start)
        }
    }

    @Test("what is replayed later leaves as much time as it left, and stays the same otherwise")
    func moved() throws {
        let now: UInt64 = 90_000_000_000
        let question = Samples.question(1, at: 10)
        guard
            case .authoriser(.question(let moved)) = RecordedElement.Content.authoriser(.question(question))
                .moved(from: Samples.start, to: now)
        else {
            Issue.record("no question")
            return
        }
        #expect(moved.askedAt == now + 10 && moved.deadline - moved.askedAt == question.deadline - question.askedAt)
        var back = moved
        (back.askedAt, back.deadline) = (question.askedAt, question.deadline)
        #expect(back == question)
        for element in Samples.elements {
            #expect(element.content.moved(from: 7, to: 1000).moved(from: 1000, to: 7) == element.content)
        }
        let early = RecordedElement.Content.stream(.event(Samples.event(1))).moved(from: .max, to: 5)
        guard case .stream(.event(let event)) = early else { return }
        #expect(event.monotonicTime == 0)
    }
}
