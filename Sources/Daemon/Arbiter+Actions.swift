// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Gate
import LinuxSystem
import Synchronization

/// Carrying out what the state machine says.
extension Arbiter {
    /// What is done after the lock was released.
    private struct Consequences {
        var wakes: [@Sendable () -> Void] = []
        var answers: [(id: HeldOperation.ID, allow: Bool, remembering: PassTicket?)] = []
        var verdicts: [(held: HeldQuestion, outcome: QuestionOutcome)] = []
        var reports: [ArbitrationReport] = []
        var forget: Gate.FlushReason?
        var isDueSooner = false
        /// What follows from what was carried out, and is to be carried out too.
        var rest: [ArbitrationAction] = []
    }

    /// One step of the state machine.
    func step(_ body: (inout State, UInt64) -> [ArbitrationAction]) {
        let consequences = state.withLock { state in
            let before = state.arbitration.nextDeadline
            let passesEnd = state.passesEnd
            let actions = body(&state, Clock.boot())
            var consequences = Self.queue(actions, &state)
            if let after = state.arbitration.nextDeadline {
                consequences.isDueSooner = before.map { after < $0 } ?? true
            }
            if let end = state.passesEnd, end < passesEnd ?? .max { consequences.isDueSooner = true }
            return consequences
        }
        if consequences.isDueSooner { wakeUp.call() }
        var late: Set<HeldOperation.ID> = []
        for answer in consequences.answers
        where !marks.answer(answer.id, allow: answer.allow, remembering: answer.remembering) {
            late.insert(answer.id)
        }
        if let reason = consequences.forget { marks.flush(reason) }
        for wake in consequences.wakes { wake() }
        for (held, outcome) in consequences.verdicts {
            // The guard was quicker: this verdict never counted, and what did is in nobody's words any more.
            let isLate = late.contains(held.id) && outcome.cause != .guardApplied && outcome.cause != .withdrawn
            if isLate { reportLoss(of: held, outcome) } else { publish(held, outcome) }
        }
        for report in consequences.reports { log(report) }
    }

    private static func queue(_ actions: [ArbitrationAction], _ state: inout State) -> Consequences {
        var consequences = Consequences()
        var actions = actions
        while !actions.isEmpty {
            carryOut(actions, &state, &consequences)
            actions = consequences.rest
            consequences.rest = []
        }
        return consequences
    }

    private static func carryOut(
        _ actions: [ArbitrationAction], _ state: inout State, _ consequences: inout Consequences
    ) {
        let applied = applied(actions)
        for action in actions {
            switch action {
            case .deliver(let question, let client):
                consequences.wakes += [state.queues[client]?.offer(.question(question))].compactMap { $0 }
            case .settle(let id, let outcome, let cache): settle(id, outcome, cache, &state, &consequences)
            case .retract(let id, let client, let why):
                let retraction = Retraction(
                    question: id, reason: reason(why), verdict: applied[id] ?? .deny)
                consequences.wakes += [state.queues[client]?.offer(.retraction(retraction))].compactMap { $0 }
            case .forget(_, let why): consequences.forget = Gate.FlushReason(why)
            case .report(let report):
                for (client, notice) in notices(report, state) {
                    consequences.wakes += [state.queues[client]?.offer(.notice(notice))].compactMap { $0 }
                }
                consequences.reports.append(report)
            }
        }
    }

    /// What was applied to each question that ends here, or for an agent.
    private static func applied(_ actions: [ArbitrationAction]) -> [UInt64: Rule.Fallback] {
        var applied: [UInt64: Rule.Fallback] = [:]
        for action in actions {
            switch action {
            case .report(.missed(let question, _, _, let fallback, _)): applied[question] = fallback
            case .settle(let question, let outcome, _): applied[question] = outcome.verdict
            default: break
            }
        }
        return applied
    }

    private static func settle(
        _ id: UInt64, _ outcome: QuestionOutcome, _ cache: Answer.CacheHint, _ state: inout State,
        _ consequences: inout Consequences
    ) {
        guard let held = state.held.removeValue(forKey: id), var parts = state.parts[held.id] else { return }
        parts.open -= 1
        if outcome.verdict == .deny { return deny(held, outcome, &state, &consequences) }
        if let end = Self.end(ofPassBy: cache) {
            if parts.ticket != nil, end < .max { state.passesEnd = min(state.passesEnd ?? .max, end) }
        } else {
            parts.ticket = nil
        }
        consequences.verdicts.append((held, outcome))
        guard parts.open == 0 else {
            state.parts[held.id] = parts
            return
        }
        state.parts[held.id] = nil
        consequences.answers.append((held.id, true, parts.ticket))
    }

    /// Until when a verdict may let a file pass; `nil` if it may not.
    private static func end(ofPassBy cache: Answer.CacheHint) -> UInt64? {
        guard case .file(let lifetime) = cache else { return nil }
        guard let lifetime else { return .max }
        let now = Clock.boot()
        return lifetime < shortestPass ? nil : now + min(lifetime, .max - now)
    }

    /// A deny of one question is the answer of all that stand for the same operation, at once.
    private static func deny(
        _ held: HeldQuestion, _ outcome: QuestionOutcome, _ state: inout State, _ consequences: inout Consequences
    ) {
        consequences.verdicts.append((held, outcome))
        consequences.answers.append((held.id, false, nil))
        for sibling in state.parts.removeValue(forKey: held.id)?.questions ?? [] where state.held[sibling] != nil {
            state.held[sibling] = nil
            let now = Clock.boot()
            consequences.rest += state.arbitration.guardApplied(.deny, to: sibling, now: now)
        }
    }

    private static func reason(_ why: RetractionCause) -> Retraction.Reason {
        switch why {
        case .deadline, .guardApplied: .deadline
        case .decided, .platformStopping: .settled
        case .withdrawn: .withdrawn
        }
    }

    /// What agents are told of a report.
    private static func notices(_ report: ArbitrationReport, _ state: State) -> [(ClientID, AuthoriserNotice)] {
        switch report {
        case .missed(let question, let client, _, _, let isStrike):
            isStrike ? [(client, AuthoriserNotice(kind: .strike, question: question))] : []
        case .demoted(let vendor, let until):
            clients(of: vendor, state).map { ($0, AuthoriserNotice(kind: .demoted, until: until)) }
        case .restored(let vendor): clients(of: vendor, state).map { ($0, AuthoriserNotice(kind: .restored)) }
        case .queueFull(let question, let client, _, _, _):
            [(client, AuthoriserNotice(kind: .queueFull, question: question))]
        case .refused(let question, let client, let why):
            [(client, AuthoriserNotice(kind: AuthoriserNotice.Kind(why), question: question))]
        case .clientLost, .limited, .flushed: []
        }
    }

    private static func clients(of vendor: String, _ state: State) -> [ClientID] {
        state.queues.values.filter { $0.vendor == vendor }.map(\.client)
    }
}

extension AuthoriserNotice.Kind {
    fileprivate init(_ refusal: AnswerRefusal) {
        switch refusal {
        case .duplicate: self = .duplicate
        case .late, .settled, .withdrawn: self = .late
        case .notAsked: self = .unknownQuestion
        case .digestDiffers, .digestUnknown: self = .digestDiffers
        }
    }
}

extension Gate.FlushReason {
    fileprivate init(_ reason: FlushReason) {
        switch reason {
        case .policyChanged: self = .policyChange
        case .requested: self = .operatorRequest
        default: self = .ownerChange
        }
    }
}
