// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Putting a question.
extension Arbitration {
    /// An operation is held. Everyone who is entitled is asked at once; if no answer is needed, or none is to be had, the
    /// verdict is among the actions.
    public mutating func ask(_ seed: QuestionSeed, now: UInt64) -> (id: UInt64, actions: [ArbitrationAction]) {
        var actions = advance(now)
        let id = nextQuestion
        nextQuestion += 1
        counted.questions += 1
        var question = PendingQuestion(
            question: Question(
                id: id, operation: seed.operation, access: seed.access, subject: seed.subject, file: seed.file,
                askedAt: clock, deadline: clock, fallback: seed.fallback, policy: seed.policy, rule: seed.rule),
            content: seed.content, epoch: epoch, isByPolicy: seed.isByPolicy)
        guard seed.exemption != .ofPlatform else {
            settle(question, .allow, .exempt, .decided, &actions)
            return (id, actions)
        }
        seat(seed, in: &question)
        if question.seats.isEmpty, question.isPartial {
            settle(question, .allow, .exempt, .decided, &actions)
            return (id, actions)
        }
        if question.decision(isStopping: isStopping)?.verdict != .deny {
            limit(&question, &actions)
        }
        if let decision = question.decision(isStopping: isStopping) {
            settle(question, decision.verdict, decision.cause, .decided, &actions)
        } else {
            deliver(question, &actions)
        }
        return (id, actions)
    }

    /// Finds a seat for each authoriser, and the votes that need no question.
    private mutating func seat(_ seed: QuestionSeed, in question: inout PendingQuestion) {
        for client in interested[seed.operation] ?? [] {
            guard let authoriser = authorisers[client],
                authoriser.terms.cover(seed.operation, access: seed.access, isByPolicy: seed.isByPolicy),
                let generation = vendors[authoriser.vendor]?.generation
            else { continue }
            if seed.exemption == .ofVendor(authoriser.vendor) {
                question.isPartial = true
                continue
            }
            let own = authoriser.terms.deadline
            let timeout = seed.timeout.map(bounded) ?? own
            let patience = seed.isByPolicy ? timeout : min(own, timeout)
            let index = question.seats.count
            question.seats.append(
                PendingQuestion.Seat(
                    client: client, vendor: authoriser.vendor, generation: generation, deadline: after(patience),
                    terms: authoriser.terms))
            if let content = seed.content,
                let entry = vendors[authoriser.vendor]?.cache.entry(for: content, now: clock)
            {
                counted.cacheHits += 1
                question.seats[index].standsUntil = entry.expiresAt
                question.vote(index, entry.verdict, .cached, reason: entry.reason, now: clock)
            } else if isStopping {
                question.vote(index, question.standIn(index), .platformStopping, now: clock)
            } else if demotedUntil(authoriser.vendor) != nil {
                question.vote(index, question.standIn(index), .demoted, now: clock)
            } else {
                if seed.content != nil { counted.cacheMisses += 1 }
                question.waiting += 1
            }
        }
    }

    private func bounded(_ timeout: UInt64) -> UInt64 {
        min(max(timeout, limits.deadlines.lowerBound), limits.deadlines.upperBound)
    }

    /// Lets the declared defaults stand for those who can't be asked as a limit is reached.
    private mutating func limit(_ question: inout PendingQuestion, _ actions: inout [ArbitrationAction]) {
        let isFull = pending.count >= limits.allQuestionsInFlight
        /// Seats that this question takes itself.
        var taken: [String: Int] = [:]
        for index in question.seats.indices where question.seats[index].isWaiting {
            let seat = question.seats[index]
            let limit: QuestionLimit
            if isFull {
                limit = .all
            } else if (vendors[seat.vendor]?.inFlight ?? 0) + taken[seat.vendor, default: 0] >= limits.questionsInFlight
            {
                limit = .vendor
            } else if (authorisers[seat.client]?.waiting.count ?? 0) >= seat.terms.capacity {
                limit = .client
            } else {
                taken[seat.vendor, default: 0] += 1
                continue
            }
            counted.queueFull[limit, default: 0] += 1
            question.waiting -= 1
            question.vote(index, seat.terms.queueFull, .queueFull, now: clock)
            actions.append(
                .report(
                    .queueFull(
                        question: question.question.id, client: seat.client, vendor: seat.vendor, limit: limit,
                        applied: seat.terms.queueFull)))
        }
    }

    /// Puts the question to everyone who has no vote yet.
    private mutating func deliver(_ asked: PendingQuestion, _ actions: inout [ArbitrationAction]) {
        var question = asked
        let id = question.question.id
        var latest = clock
        var distinct: [UInt64] = []
        for index in question.seats.indices where question.seats[index].isWaiting {
            let seat = question.seats[index]
            vendors[seat.vendor]?.inFlight += 1
            authorisers[seat.client]?.waiting.insert(id)
            waiting += 1
            counted.deliveries += 1
            latest = max(latest, seat.deadline)
            if !distinct.contains(seat.deadline) {
                distinct.append(seat.deadline)
                deadlines.insert(DeadlineQueue.Entry(time: seat.deadline, question: id))
            }
            var delivered = question.question
            delivered.deadline = seat.deadline
            if question.standIn(index) == .deny { delivered.fallback = .deny }
            actions.append(.deliver(delivered, to: seat.client))
        }
        question.question.deadline = latest
        if let content = question.content { onInode[content.inode, default: []].insert(id) }
        pending[id] = question
    }
}
