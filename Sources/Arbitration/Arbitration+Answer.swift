// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Answers, and what takes their place.
extension Arbitration {
    /// A client answers. What can't be applied is refused by a report, counted, and changes nothing.
    ///
    /// - Parameter content: the digest of the file's content, if it is known. An allow that is bound to a digest is applied
    ///   only if it is this one.
    public mutating func answer(
        _ answer: Answer, to id: UInt64, from client: ClientID, content: Digest? = nil, now: UInt64
    ) -> [ArbitrationAction] {
        var actions = advance(now)
        if let refusal = refusal(of: answer, to: id, from: client, content: content) {
            counted.refusedAnswers[refusal, default: 0] += 1
            actions.append(.report(.refused(question: id, client: client, why: refusal)))
            return actions
        }
        guard var question = pending.removeValue(forKey: id),
            let index = question.seats.firstIndex(where: { $0.client == client })
        else { return actions }
        counted.answers += 1
        release(&question, index, in: id)
        question.vote(index, answer.verdict, .answered, reason: answer.reason, now: clock)
        if case .file(let lifetime) = answer.cache {
            question.seats[index].standsUntil = after(min(lifetime ?? .max, limits.cachedVerdictLifetime))
            remember(index, answer.reason, of: question)
        }
        proceed(question, &actions)
        prune()
        return actions
    }

    /// Whoever attempted the operation is gone, and nobody is to be asked any more.
    public mutating func withdraw(_ id: UInt64, now: UInt64) -> [ArbitrationAction] {
        override(id, .deny, .withdrawn, .withdrawn, now: now)
    }

    /// The guard answered, as the platform didn't run: the verdict is given already.
    public mutating func guardApplied(_ verdict: Rule.Fallback, to id: UInt64, now: UInt64) -> [ArbitrationAction] {
        override(id, verdict, .guardApplied, .guardApplied, now: now)
    }

    /// The platform ends: what is in flight gets its defaults, and so does what is asked from now on.
    public mutating func stop(now: UInt64) -> [ArbitrationAction] {
        var actions = advance(now)
        isStopping = true
        for id in pending.keys.sorted() {
            guard var question = pending.removeValue(forKey: id) else { continue }
            var clients: [ClientID] = []
            for index in question.seats.indices where question.seats[index].isWaiting {
                clients.append(question.seats[index].client)
                release(&question, index, in: id)
                question.vote(index, question.standIn(index), .platformStopping, now: clock)
            }
            let verdict = question.decision(isStopping: true)?.verdict ?? .deny
            settle(question, verdict, .platformStopping, .platformStopping, &actions)
            actions += clients.map { .retract(id, from: $0, why: .platformStopping) }
        }
        flush(.everything, .platformStopping, &actions)
        prune()
        return actions
    }

    private mutating func override(
        _ id: UInt64, _ verdict: Rule.Fallback, _ cause: QuestionOutcome.Cause, _ why: RetractionCause, now: UInt64
    ) -> [ArbitrationAction] {
        var actions = advance(now)
        guard let question = pending.removeValue(forKey: id) else { return actions }
        settle(question, verdict, cause, why, &actions)
        prune()
        return actions
    }

    private func refusal(
        of answer: Answer, to id: UInt64, from client: ClientID, content: Digest?
    ) -> AnswerRefusal? {
        guard let index = pending.index(forKey: id) else { return settled.refusal(of: id, to: client) }
        guard let seat = pending.values[index].seats.first(where: { $0.client == client }) else { return .notAsked }
        switch seat.vote {
        case nil: break
        case .answered: return .duplicate
        case .timedOut: return .late
        default: return .notAsked
        }
        guard answer.verdict == .allow, let judged = answer.digest else { return nil }
        guard let content else { return .digestUnknown }
        return judged == content ? nil : .digestDiffers
    }

    /// Keeps the vendor's word for the content: a deny at once, an allow when all its clients in the question gave one.
    private mutating func remember(_ index: Int, _ reason: String, of question: PendingQuestion) {
        let seat = question.seats[index]
        guard let content = question.content, var until = seat.standsUntil,
            vendors[seat.vendor]?.generation == seat.generation
        else { return }
        if seat.verdict == .allow {
            for other in question.seats where other.vendor == seat.vendor {
                guard let stands = other.standsUntil else { return }
                until = min(until, stands)
            }
        }
        vendors[seat.vendor]?.cache.store(
            VerdictCache.Entry(verdict: seat.verdict, reason: reason, expiresAt: until), for: content)
    }
}
