// SPDX-License-Identifier: Apache-2.0

import LinuxSystem

/// What a gate has read and not yet considered, oldest first.
struct Inbox {
    struct Question {
        var id: HeldOperation.ID
        var question: FanotifyGroup.Question
        var askedAt: UInt64
    }

    private var questions: [Question] = []
    private var first = 0
    private var later: [Question] = []

    /// Whether there is nothing at all, put off or not.
    var isEmpty: Bool { questions.isEmpty && later.isEmpty }

    mutating func append(_ question: Question) { questions.append(question) }

    mutating func next() -> Question? {
        guard first < questions.count else { return nil }
        defer {
            first += 1
            if first == questions.count {
                questions.removeAll(keepingCapacity: true)
                first = 0
            }
        }
        return questions[first]
    }

    /// Keeps one until `takeUp`.
    mutating func putOff(_ question: Question) { later.append(question) }

    mutating func takeUp() {
        questions += later
        later.removeAll(keepingCapacity: true)
    }
}
