// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Recording

/// Recordings, and the plans that are made of them. The first byte chooses the pieces they are read in.
struct RecordingTarget: FuzzTarget {
    let name = "recordings"

    func samples() throws -> [[UInt8]] {
        let header = RecordingHeader(greeting: Samples.greeting, startedAt: 1, startedAtBoot: 1_000)
        var (writer, bytes) = try RecordingWriter.begin(header)
        bytes += try writer.append(.stream(.process(Samples.process)), at: 1_000)
        bytes += try writer.append(.stream(.event(Samples.event)), at: 2_000)
        bytes += try writer.append(.authoriser(.question(Samples.question)), at: 3_000)
        bytes += try writer.append(.answer(Answer(.allow), question: 7), at: 4_000)
        let cutOff = [1] + bytes
        bytes += try writer.end()
        return [[0] + bytes, cutOff]
    }

    func decode(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let bytes = bytes.dropFirst()
        var reader = RecordingReader()
        var elements: [RecordedElement] = []
        let piece = first == 0 ? max(bytes.count, 1) : Int(first)
        do {
            for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: piece) {
                reader.append(bytes[start..<min(start + piece, bytes.endIndex)])
                while let item = try reader.next() {
                    if case .element(let element) = item { elements.append(element) }
                }
            }
            _ = try reader.ending()
        } catch {}
        var faults = Faults()
        _ = faults.add("late=50%,200ms")
        _ = faults.add("crash=1,1s")
        _ = faults.add("deadline=25%")
        for step in FaultPlan(elements, faults: faults, seed: UInt64(first)).steps {
            if case .send(let content) = step.act { _ = content.moved(from: step.time, to: .max - 1) }
        }
    }
}
