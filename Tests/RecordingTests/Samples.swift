// SPDX-License-Identifier: Apache-2.0

import EndpointModel

@testable import Recording

enum Samples {
    static let start: UInt64 = 5_000_000_000

    static var header: RecordingHeader {
        RecordingHeader(
            greeting: Greeting(
                version: "1.2.3", boot: "b00t", caller: .site,
                coverage: Coverage(tier: .enforce, reason: "", kernel: "6.12.0", operations: []),
                limits: [NamedLimit("batch-elements", 256, "elements")], isSealed: false),
            startedAt: 1_700_000_000_000_000_000, startedAtBoot: start,
            watched: EventFilter(operations: [.processExec, .fileOpen], deniedOnly: true))
    }

    static func event(_ sequence: UInt64, denied: Bool = false) -> Event {
        var subject = Process(identity: ProcessIdentity(pid: 100, startTime: 7, execCount: 2))
        subject.exe = ObservedPath("/bin/sh")
        subject.arguments = ["sh", "-c", "true"]
        return Event(
            sequence: sequence, time: 1_700_000_000_000_000_000 + sequence, monotonicTime: start + sequence,
            operation: sequence.isMultiple(of: 3) ? .processExec : .fileOpen,
            decision: Decision(verdict: denied ? .deny : .allow, policy: "p", rule: "r", vendor: "acme", generation: 1),
            subject: subject, object: .file(FileObject(path: ObservedPath("/bin/true")), interpreter: nil))
    }

    static func question(_ id: UInt64, at offset: UInt64, allowance: UInt64 = 100_000_000) -> Question {
        Question(
            id: id, operation: .fileOpen, access: [.read, .write],
            subject: Process(identity: ProcessIdentity(pid: 100, startTime: 7, execCount: 2)),
            file: FileObject(path: ObservedPath("/etc/passwd")), askedAt: start + offset,
            deadline: start + offset + allowance, fallback: .deny, policy: "p", rule: "r")
    }

    /// One of each kind.
    static var elements: [RecordedElement] {
        [
            RecordedElement(
                offset: 0, .stream(.process(Process(identity: ProcessIdentity(pid: 1, startTime: 1, execCount: 1))))),
            RecordedElement(offset: 0, .stream(.sync(77))),
            RecordedElement(offset: 0, .stream(.event(event(1)))),
            RecordedElement(offset: 10, .authoriser(.question(question(9, at: 10)))),
            RecordedElement(
                offset: 20,
                .answer(
                    Answer(
                        .allow, reason: "known good", cache: .file(lifetime: 5),
                        digest: Digest(bytes: [UInt8](repeating: 3, count: 32))), question: 9)),
            RecordedElement(
                offset: 20, .stream(.gap(Gap(place: .kernel, missing: 2...4, counts: [.fileOpen: 3], denied: 1)))),
            RecordedElement(
                offset: 30, .authoriser(.retraction(Retraction(question: 9, reason: .deadline, verdict: .deny)))),
            RecordedElement(
                offset: 1 << 40,
                .authoriser(.notice(AuthoriserNotice(kind: .demoted, question: 0, count: 3, until: start + 60)))),
        ]
    }

    static func events(_ count: Int) -> [RecordedElement] {
        (0..<UInt64(count)).map { number in
            RecordedElement(
                offset: number * 1_000_000, .stream(.event(event(number + 1, denied: number.isMultiple(of: 5)))))
        }
    }

    /// The bytes, and where each piece ends.
    static func bytes(of elements: [RecordedElement] = elements) throws -> (bytes: [UInt8], ends: [Int]) {
        var (writer, bytes) = try RecordingWriter.begin(header)
        var ends = [bytes.count]
        for element in elements {
            bytes += try writer.append(element.content, at: start + element.offset)
            ends.append(bytes.count)
        }
        bytes += try writer.end()
        return (bytes, ends + [bytes.count])
    }

    /// All that can be read, in pieces of at most `piece` bytes.
    static func read(
        _ bytes: [UInt8], piece: Int = 1 << 16
    ) throws -> (items: [RecordingReader.Item], ending: RecordingReader.Ending, reader: RecordingReader) {
        var reader = RecordingReader()
        var items: [RecordingReader.Item] = []
        for from in stride(from: 0, to: bytes.count, by: piece) {
            reader.append(bytes[from..<min(from + piece, bytes.count)])
            while let item = try reader.next() { items.append(item) }
        }
        return (items, try reader.ending(), reader)
    }
}
