// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The plan under way.
struct FaultPlanner {
    private enum Loss { case lost, overflow, crash }

    private(set) var steps: [FaultPlan.Step] = []
    private let faults: Faults
    private var random: SeededChoices
    /// Nothing is sent before: something earlier is late.
    private var earliest: UInt64 = 0
    /// Events that were lost and not yet told of.
    private var gap: Gap?
    /// Questions that didn't get into the queue since it was full.
    private var unasked: UInt64 = 0
    private var downUntil: UInt64?

    init(faults: Faults, seed: UInt64) {
        self.faults = faults
        random = SeededChoices(state: seed)
    }

    /// Lets elements come before others that they followed; the times stay where they are.
    mutating func reorder(_ elements: [RecordedElement]) -> [RecordedElement] {
        guard faults.reorderedWithin > 0, faults.reordered != .never else { return elements }
        var contents = elements.map(\.content)
        var index = 1
        while index < contents.count {
            // Not across each other: nothing moves by more than was asked for.
            let reach = min(faults.reorderedWithin, index)
            if random.hits(faults.reordered) {
                let distance = 1 + Int(random.next() % UInt64(reach))
                let window = index - distance..<index + 1
                let moved = contents[index]
                contents.replaceSubrange(window, with: [moved] + contents[window.dropLast()])
                index += faults.reorderedWithin
            }
            index += 1
        }
        return zip(elements, contents).map { RecordedElement(offset: $0.offset, $1) }
    }

    mutating func plan(_ element: RecordedElement, _ index: Int) {
        if let crash = faults.crash, index == crash.after { beginCrash(crash, at: element.offset) }
        if let until = downUntil {
            guard element.offset >= until else { return lose(element.content, .crash) }
            endCrash(until)
        }
        if let overflow = faults.overflow, index >= overflow.after, index - overflow.after < overflow.elements,
            isLosable(element.content)
        {
            return lose(element.content, .overflow)
        }
        if random.hits(faults.lost), isLosable(element.content) { return lose(element.content, .lost) }
        if random.hits(faults.late), faults.lateBy > 0 {
            let delayed = element.offset.addingReportingOverflow(random.next() % faults.lateBy + 1)
            earliest = max(earliest, delayed.overflow ? .max : delayed.partialValue)
        }
        tellLosses(element.offset)
        let content = cut(element.content)
        send(content, at: element.offset)
        if random.hits(faults.duplicated) { send(content, at: element.offset) }
    }

    mutating func finish() {
        if let until = downUntil { endCrash(until) }
        tellLosses(earliest)
    }

    private mutating func send(_ content: RecordedElement.Content, at time: UInt64) {
        earliest = max(earliest, time)
        steps.append(FaultPlan.Step(time: earliest, act: .send(content)))
    }

    private mutating func beginCrash(_ crash: Faults.Crash, at time: UInt64) {
        tellLosses(time)
        earliest = max(earliest, time)
        steps.append(FaultPlan.Step(time: earliest, act: .crash))
        let (until, isNever) = earliest.addingReportingOverflow(crash.lasting)
        downUntil = isNever ? .max : until
    }

    private mutating func endCrash(_ time: UInt64) {
        downUntil = nil
        earliest = max(earliest, time)
        steps.append(FaultPlan.Step(time: earliest, act: .restart))
    }

    /// What a full queue can't take. Of what else there is, the platform sends each in any case.
    private func isLosable(_ content: RecordedElement.Content) -> Bool {
        switch content {
        case .stream(.event), .stream(.gap), .authoriser(.question): true
        case .stream, .authoriser, .answer: false
        }
    }

    private mutating func lose(_ content: RecordedElement.Content, _ loss: Loss) {
        switch content {
        case .stream(.event(let event)):
            add(
                Gap(
                    place: loss == .crash ? .kernel : .subscriber, missing: event.sequence...event.sequence,
                    counts: [event.operation: 1], denied: event.decision.verdict == .deny ? 1 : 0))
        case .stream(.gap(let lost)): add(lost)
        case .authoriser(.question) where loss == .overflow: unasked += 1
        case .stream, .authoriser, .answer: break
        }
    }

    private mutating func add(_ lost: Gap) {
        if gap == nil { gap = lost } else { gap?.absorb(lost) }
    }

    /// Tells of what was lost before anything else is sent.
    private mutating func tellLosses(_ time: UInt64) {
        if let gap { send(.stream(.gap(gap)), at: time) }
        gap = nil
        if unasked > 0 { send(.authoriser(.notice(AuthoriserNotice(kind: .queueFull, count: unasked))), at: time) }
        unasked = 0
    }

    /// Leaves a question the share of its time that is to be left.
    private func cut(_ content: RecordedElement.Content) -> RecordedElement.Content {
        guard let left = faults.deadlineLeft, case .authoriser(.question(var question)) = content,
            question.deadline > question.askedAt
        else { return content }
        let (time, share) = (question.deadline - question.askedAt, UInt64(left.perMille))
        question.deadline = question.askedAt + time / 1000 * share + time % 1000 * share / 1000
        return .authoriser(.question(question))
    }
}
