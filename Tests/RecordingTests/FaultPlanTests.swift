// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@testable import Recording

@Suite
struct FaultPlanTests {
    @Test("without faults a plan is the recording")
    func noFaults() {
        let plan = FaultPlan(Samples.elements, faults: Faults(), seed: 3)
        #expect(plan.steps == Samples.elements.map { FaultPlan.Step(time: $0.offset, act: .send($0.content)) })
    }

    @Test("the same seed makes the same plan, another one another")
    func seeds() {
        let elements = Samples.events(500)
        let faults = faults("late=10%,20ms", "lost=10%", "duplicated=10%", "reordered=10%,4")
        #expect(FaultPlan(elements, faults: faults, seed: 1) == FaultPlan(elements, faults: faults, seed: 1))
        #expect(FaultPlan(elements, faults: faults, seed: 1) != FaultPlan(elements, faults: faults, seed: 2))
    }

    @Test("lost events are told by a gap where they were, with numbers, operations and denials")
    func lost() {
        let elements = Samples.events(3)
        let plan = FaultPlan(elements, faults: faults("lost=100%"))
        let gap = Gap(place: .subscriber, missing: 1...3, counts: [.fileOpen: 2, .processExec: 1], denied: 1)
        #expect(plan.steps == [FaultPlan.Step(time: 0, act: .send(.stream(.gap(gap))))])
    }

    @Test("a late element holds up what is behind it, until time has caught up")
    func late() {
        let elements = Samples.events(2000)
        let plan = FaultPlan(elements, faults: faults("late=2%,20ms"), seed: 5)
        #expect(sent(plan) == elements.map(\.content))
        let delays = zip(plan.steps, elements).map { $0.time - $1.offset }
        #expect(delays.allSatisfy { $0 <= 20_000_000 })
        #expect(delays.contains { $0 > 15_000_000 } && delays.count { $0 == 0 } > 1000)
    }

    @Test("a reordered element overtakes no more others than was said")
    func reordered() {
        let elements = Samples.events(1000)
        let plan = FaultPlan(elements, faults: faults("reordered=20%,3"), seed: 5)
        let numbers = sequences(plan)
        #expect(numbers.sorted() == Array(1...1000) && numbers != numbers.sorted())
        for (place, number) in numbers.enumerated() { #expect(abs(place + 1 - Int(number)) <= 3) }
        #expect(plan.steps.map(\.time) == elements.map(\.offset))
    }

    @Test("duplicates come at once, and all of them")
    func duplicated() {
        let plan = FaultPlan(Samples.events(3), faults: faults("duplicated=100%"))
        #expect(sequences(plan) == [1, 1, 2, 2, 3, 3])
    }

    @Test("a crash drops the connections, and its events come as a gap of the kernel's when it is over")
    func crash() {
        let plan = FaultPlan(Samples.events(10), faults: faults("crash=3,4ms"))
        #expect(sequences(plan) == [1, 2, 3, 8, 9, 10])
        let acts = plan.steps.map(\.act)
        #expect(acts[3] == .crash && acts[4] == .restart)
        #expect(plan.steps[3].time == 3_000_000 && plan.steps[4].time == 7_000_000)
        let gap = Gap(place: .kernel, missing: 4...7, counts: [.fileOpen: 3, .processExec: 1], denied: 1)
        #expect(acts[5] == .send(.stream(.gap(gap))))
    }

    @Test("what was lost before a crash is told before it, and not taken for the crash's")
    func lossBeforeCrash() {
        let plan = FaultPlan(Samples.events(10), faults: faults("overflow=2,2", "crash=4,2ms"))
        #expect(gaps(plan).map(\.place) == [.subscriber, .kernel] && gaps(plan).map(\.missing) == [3...4, 5...6])
        let acts = plan.steps.map(\.act)
        #expect(acts.firstIndex(of: .send(.stream(.gap(gaps(plan)[0])))) == acts.firstIndex(of: .crash).map { $0 - 1 })
    }

    @Test("a crash that outlasts the recording ends, and tells what was lost")
    func crashAtEnd() {
        let plan = FaultPlan(Samples.events(5), faults: faults("crash=3,2s"))
        #expect(plan.steps.map(\.act).contains(.restart))
        #expect(plan.steps.last?.time == 2_003_000_000)
        #expect(sequences(plan) == [1, 2, 3] && gaps(plan).map(\.total) == [2])
    }

    @Test("a question that a full queue keeps out is told of by a notice, as is an event by a gap")
    func overflow() {
        let question = RecordedElement(offset: 1, .authoriser(.question(Samples.question(1, at: 1))))
        let retraction = RecordedElement.Content.authoriser(
            .retraction(Retraction(question: 1, reason: .deadline, verdict: .deny)))
        let plan = FaultPlan(
            [
                Samples.events(1)[0], question, question, RecordedElement(offset: 2, retraction),
                RecordedElement(offset: 3, .stream(.event(Samples.event(2)))),
            ], faults: faults("overflow=1,4"))
        #expect(
            sent(plan) == [
                Samples.events(1)[0].content,
                .authoriser(.notice(AuthoriserNotice(kind: .queueFull, count: 2))), retraction,
                .stream(.gap(Gap(place: .subscriber, missing: 2...2, counts: [.fileOpen: 1]))),
            ])
    }

    @Test("a deadline is cut to what is to be left of it")
    func deadline() {
        let element = RecordedElement(offset: 1, .authoriser(.question(Samples.question(1, at: 1, allowance: 1003))))
        let plan = FaultPlan([element], faults: faults("deadline=25%"))
        guard case .authoriser(.question(let question))? = sent(plan).first else {
            Issue.record("no question")
            return
        }
        #expect(question.deadline - question.askedAt == 250 && question.askedAt == Samples.question(1, at: 1).askedAt)
    }

    @Test("whatever goes wrong: time doesn't go back, nothing is sent while crashed, every event comes or is in a gap")
    func anything() {
        var random = SeededChoices(state: 9)
        let elements = Samples.events(120)
        for seed in 0..<UInt64(300) {
            var faults = Faults()
            func share() -> Faults.Share { Faults.Share(perMille: UInt32(random.next() % 300))! }
            (faults.late, faults.lateBy) = (share(), random.next() % 30_000_000)
            (faults.lost, faults.reordered, faults.reorderedWithin) = (share(), share(), Int(random.next() % 5))
            if random.next().isMultiple(of: 2) {
                faults.crash = Faults.Crash(after: Int(random.next() % 150), lasting: random.next() % 90_000_000)
            }
            if random.next().isMultiple(of: 2) {
                faults.overflow = Faults.Overflow(after: Int(random.next() % 150), elements: Int(random.next() % 50))
            }
            let plan = FaultPlan(elements, faults: faults, seed: seed)
            #expect(zip(plan.steps, plan.steps.dropFirst()).allSatisfy { $0.time <= $1.time })
            let (received, gaps) = (sequences(plan), gaps(plan))
            #expect(Set(received).count == received.count)
            #expect(UInt64(received.count) + gaps.reduce(0) { $0 + $1.total } == 120)
            let missing = Set(1...120).subtracting(received)
            #expect(missing.allSatisfy { number in gaps.contains { $0.missing?.contains(number) == true } })
            if let crash = plan.steps.firstIndex(where: { $0.act == .crash }) {
                #expect(plan.steps[crash + 1].act == .restart)
            }
        }
    }

    private func faults(_ texts: String...) -> Faults {
        var faults = Faults()
        for text in texts {
            let isRead = faults.add(text)
            #expect(isRead)
        }
        return faults
    }

    private func sent(_ plan: FaultPlan) -> [RecordedElement.Content] {
        plan.steps.compactMap { step in
            guard case .send(let content) = step.act else { return nil }
            return content
        }
    }

    private func sequences(_ plan: FaultPlan) -> [UInt64] {
        sent(plan).compactMap { content in
            guard case .stream(.event(let event)) = content else { return nil }
            return event.sequence
        }
    }

    private func gaps(_ plan: FaultPlan) -> [Gap] {
        sent(plan).compactMap { content in
            guard case .stream(.gap(let gap)) = content else { return nil }
            return gap
        }
    }
}
