// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@testable import Arbitration

@Suite
struct DeadlineQueueTests {
    @Test("entries come out in order, and what doesn't matter goes when it is the greater part")
    func order() {
        var random = SplitMix(state: 3)
        var queue = DeadlineQueue()
        var live: Set<DeadlineQueue.Entry> = []
        for question in 0..<UInt64(20_000) {
            let entry = DeadlineQueue.Entry(time: random.next() % 500, question: question)
            queue.insert(entry)
            live.insert(entry)
            // Most are answered; some come due.
            if live.count > 100 { for answered in live.prefix(60) { live.remove(answered) } }
            if question.isMultiple(of: 7) {
                while let first = queue.first, !live.contains(first) { #expect(queue.removeFirst() == first) }
                #expect(queue.first == live.min())
                if let first = queue.removeFirst() { live.remove(first) }
            }
            queue.prune(live: live.count) { live.contains($0) }
            #expect(queue.count <= max(DeadlineQueue.smallest, 2 * live.count + 1))
        }
        var last: DeadlineQueue.Entry?
        while let entry = queue.removeFirst() {
            #expect(last.map { $0 < entry } ?? true)
            live.remove(entry)
            last = entry
        }
        #expect(live.isEmpty)
    }

    @Test("a busy machine keeps no deadlines of what is answered")
    func answered() throws {
        var arbitration = Arbitration()
        let client = ClientID(rawValue: 1)
        let terms = AuthoriserTerms(operations: [.processExec], deadline: 60_000_000_000, fallback: .deny)
        _ = try arbitration.authoriserJoined(client, vendor: "acme", terms: terms, now: 0)
        var words = ScenarioWords("")
        let seed = try words.seed()
        let (unanswered, _) = arbitration.ask(seed, now: 0)
        for now in 1...UInt64(2000) {
            let (id, _) = arbitration.ask(seed, now: now)
            _ = arbitration.answer(Answer(.allow), to: id, from: client, now: now)
        }
        #expect(arbitration.deadlines.count <= DeadlineQueue.smallest + 1)
        #expect(arbitration.waiting == 1 && arbitration.questionsInFlight == 1)
        #expect(arbitration.nextDeadline == 60_000_000_000)
        let actions = arbitration.withdraw(unanswered, now: 3000)
        #expect(actions.count == 2 && arbitration.nextDeadline == nil)
        #expect(arbitration.onInode.isEmpty && arbitration.authorisers[client]?.waiting.isEmpty == true)
    }
}
