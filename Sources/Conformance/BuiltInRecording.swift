// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Recording

/// What agents are sent: made here, so that it is the same wherever the suite runs, and holds nobody's data.
enum BuiltInRecording {
    /// Questions from this number on come after what was to be survived.
    static let firstQuestionAfter: UInt64 = 1001
    private static let startedAtBoot: UInt64 = 1_000_000_000_000
    /// Between two elements.
    private static let step: UInt64 = 5_000_000
    private static let subject = Process(identity: ProcessIdentity(pid: 4242, startTime: 900_000_000_000, execCount: 1))
    private static let file = FileObject(path: ObservedPath("/usr/bin/true"))

    static let header = RecordingHeader(
        greeting: Greeting(
            version: "0.1.0", boot: "00000000-0000-4000-8000-000000000000", caller: .site,
            coverage: Coverage(tier: .enforce, reason: "", kernel: "6.12.0", operations: []), limits: [],
            isSealed: false),
        startedAt: 1_700_000_000_000_000_000, startedAtBoot: startedAtBoot)

    /// An event of each operation, and questions of each kind among them.
    static var elements: [RecordedElement] {
        var contents: [RecordedElement.Content] = [.stream(.process(subject))]
        var question: UInt64 = 1
        for (index, operation) in Operation.allCases.enumerated() {
            contents.append(.stream(.event(event(operation, sequence: UInt64(index + 1)))))
            if index.isMultiple(of: 6) {
                contents += questions(from: question)
                question += 4
            }
        }
        return timed(contents)
    }

    /// What follows a fault: one more of each.
    static var after: [RecordedElement] {
        let sequence = UInt64(Operation.allCases.count + 1)
        return timed(
            [.stream(.event(event(.processExec, sequence: sequence)))] + questions(from: firstQuestionAfter)
                + [.stream(.event(event(.processExit, sequence: sequence + 1)))])
    }

    private static func timed(_ contents: [RecordedElement.Content]) -> [RecordedElement] {
        contents.enumerated().map { index, content in
            let offset = UInt64(index + 1) * step
            return RecordedElement(offset: offset, content.moved(from: 0, to: offset))
        }
    }

    /// One of each kind that an agent may ask for. A whole second is left: what the agent declared comes of it.
    private static func questions(from number: UInt64) -> [RecordedElement.Content] {
        let kinds: [(Operation, [Access])] = [
            (.processExec, []), (.imageLoad, []), (.fileOpen, [.read]), (.fileOpen, [.write]),
        ]
        return kinds.enumerated().map { index, kind in
            .authoriser(
                .question(
                    Question(
                        id: number + UInt64(index), operation: kind.0, access: kind.1, subject: subject, file: file,
                        askedAt: startedAtBoot, deadline: startedAtBoot + 1_000_000_000, fallback: .allow)))
        }
    }

    private static func event(_ operation: Operation, sequence: UInt64) -> Event {
        let object: EventObject =
            switch operation {
            case .processExit: .exit(status: 0)
            case .processCreate, .processOpen, .threadOpen, .processSignal, .processControl:
                .process(ProcessIdentity(pid: 4343, startTime: 950_000_000_000, execCount: 1))
            case .processCredentials, .threadCreate, .kernelAccess: .none
            default: .file(file, interpreter: nil)
            }
        return Event(
            sequence: sequence, time: header.startedAt, monotonicTime: startedAtBoot, operation: operation,
            decision: Decision(verdict: sequence.isMultiple(of: 5) ? .deny : .allow), subject: subject, object: object)
    }
}
