// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel

/// What may happen to the state machine.
enum ArbitrationInput: Sendable {
    case join(ClientID, vendor: String, AuthoriserTerms)
    case leave(ClientID)
    case ask(QuestionSeed)
    case answer(Answer, to: UInt64, from: ClientID, content: Digest?)
    case withdraw(UInt64)
    case guardApplied(Rule.Fallback, to: UInt64)
    case flush(FlushScope, FlushReason)
    case stop
    case wait
}

/// The state machine behind one method, so that a broken one can stand in its place.
struct Arbiter {
    /// A way to break it. The invariants' checker has to notice each.
    enum Fault: CaseIterable, Sendable {
        case losesVerdict, repeatsVerdict, isLate, allowsDenied, allowsLost, allowsWhenFull, hidesFull
        case shortensDeadline, asksOnlyOne, appliesLateAnswers, cachesForOthers, forgetsRule
    }

    private var arbitration: Arbitration
    private let fault: Fault?
    private var verdicts = 0

    init(limits: ArbitrationLimits, fault: Fault? = nil) {
        arbitration = Arbitration(limits: limits)
        self.fault = fault
    }

    var counters: ArbitrationCounters { arbitration.counters }
    var questionsInFlight: Int { arbitration.questionsInFlight }

    var nextDeadline: UInt64? {
        arbitration.nextDeadline.map { fault == .isLate ? $0 + 10 * ArbitrationLimits.millisecond : $0 }
    }

    mutating func perform(_ input: ArbitrationInput, now: UInt64) -> [ArbitrationAction] {
        damaged(carryOut(input, now: now))
    }

    private mutating func carryOut(_ input: ArbitrationInput, now: UInt64) -> [ArbitrationAction] {
        switch input {
        case .join(let client, let vendor, var terms):
            if fault == .allowsLost { terms.fallback = .allow }
            if fault == .allowsWhenFull { terms.queueFull = .allow }
            if fault == .appliesLateAnswers { terms.deadline += 20 * ArbitrationLimits.millisecond }
            let name = fault == .cachesForOthers ? "acme" : vendor
            return (try? arbitration.authoriserJoined(client, vendor: name, terms: terms, now: now)) ?? []
        case .leave(let client): return arbitration.authoriserLeft(client, now: now)
        case .ask(var seed):
            if fault == .forgetsRule { seed.isByPolicy = false }
            return arbitration.ask(seed, now: now).actions
        case .answer(let answer, let id, let client, let content):
            return arbitration.answer(answer, to: id, from: client, content: content, now: now)
        case .withdraw(let id): return arbitration.withdraw(id, now: now)
        case .guardApplied(let verdict, let id): return arbitration.guardApplied(verdict, to: id, now: now)
        case .flush(let scope, let reason): return arbitration.flush(scope, reason, now: now)
        case .stop: return arbitration.stop(now: now)
        case .wait: return arbitration.advance(now)
        }
    }

    private mutating func damaged(_ actions: [ArbitrationAction]) -> [ArbitrationAction] {
        actions.flatMap { action -> [ArbitrationAction] in
            switch (fault, action) {
            case (.losesVerdict, .settle):
                verdicts += 1
                return verdicts.isMultiple(of: 5) ? [] : [action]
            case (.repeatsVerdict, .settle):
                verdicts += 1
                return verdicts.isMultiple(of: 5) ? [action, action] : [action]
            case (.allowsDenied, .settle(let id, var outcome, let cache)):
                if outcome.votes.count > 1 { outcome.verdict = .allow }
                return [.settle(id, outcome, cache: cache)]
            case (.hidesFull, .report(.queueFull)): return []
            case (.shortensDeadline, .deliver(var question, let client)):
                question.deadline -= 1
                return [.deliver(question, to: client)]
            case (.asksOnlyOne, .deliver(_, let client)): return client.rawValue.isMultiple(of: 3) ? [] : [action]
            case (.appliesLateAnswers, .deliver(var question, let client)):
                question.deadline -= 20 * ArbitrationLimits.millisecond
                return [.deliver(question, to: client)]
            default: return [action]
            }
        }
    }
}
