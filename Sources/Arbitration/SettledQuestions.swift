// SPDX-License-Identifier: Apache-2.0

/// The questions settled last, with what a further answer of each client is: late, a second one, or just too late to matter.
struct SettledQuestions: Sendable {
    struct End: Sendable {
        var client: ClientID
        var refusal: AnswerRefusal
    }

    /// The limit `settled-questions`.
    let capacity: Int
    private var ends: [UInt64: [End]] = [:]
    /// A ring of their numbers, the oldest at `next` once it is full.
    private var order: [UInt64] = []
    private var next = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    mutating func insert(_ question: UInt64, _ clients: [End]) {
        // Nobody was asked, nobody can answer.
        guard !clients.isEmpty else { return }
        if order.count < capacity {
            order.append(question)
        } else {
            ends[order[next]] = nil
            order[next] = question
            next = (next + 1) % capacity
        }
        ends[question] = clients
    }

    func refusal(of question: UInt64, to client: ClientID) -> AnswerRefusal {
        ends[question]?.first { $0.client == client }?.refusal ?? .notAsked
    }
}
