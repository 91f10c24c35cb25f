// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import EventRecords
import LinuxSystem
import Logging
import Sessions
import Subscribers
import Synchronization

/// What the site is told: denials and applied defaults are events, what happens to agents is in the log.
extension Arbiter {
    /// A denial is an event, as the kernel's programs never see what the gate refuses. So is an allow by default: nobody
    /// has said it.
    func publish(_ held: HeldQuestion, _ outcome: QuestionOutcome) {
        // What was withdrawn was refused to nobody: who attempted it is gone.
        guard outcome.cause != .withdrawn else { return }
        // A rule wanted somebody to be asked.
        let isUnheard = held.question != nil && outcome.cause == .noAuthoriser
        guard outcome.verdict == .deny || outcome.cause.isDefault || isUnheard else { return }
        let voices = outcome.votes.filter { $0.verdict == outcome.verdict }
        let voice = voices.first(where: \.source.isAnswer) ?? voices.first
        var record = RecordWriter(
            held.seed.operation, verdict: outcome.verdict == .deny ? .deny : .allow, rule: held.question?.number,
            generation: held.question?.generation ?? 0)
        record.setSubject(held.seed.subject)
        record.setFile(held.seed.file)
        record.setAccess(Set(held.seed.access))
        record.setAnswer(vendor: voice?.vendor ?? "", cause: outcome.cause.word, reason: voice?.reason ?? "")
        do {
            if try !subscribers.submit(record, exe: held.seed.subject.exe) {
                try subscribers.lost(held.seed.operation, 1)
            }
        } catch {
            logger.error("a verdict of the gate can't be reported", metadata: ["reason": "\(error)"])
        }
    }

    /// A verdict that the guard was quicker than: subscribers are told that an event is missing.
    func reportLoss(of held: HeldQuestion, _ outcome: QuestionOutcome) {
        logger.warning(
            "a verdict came too late, the guard had given the default",
            metadata: ["verdict": "\(outcome.verdict.rawValue)", "cause": "\(outcome.cause.word)"])
        do {
            try subscribers.lost(held.seed.operation, 1)
        } catch {
            logger.error("a verdict of the gate can't be reported", metadata: ["reason": "\(error)"])
        }
    }

    func log(_ report: ArbitrationReport) {
        switch report {
        case .missed(let question, _, let vendor, let applied, let isStrike):
            logger.warning(
                "an agent missed a deadline",
                metadata: [
                    "vendor": "\(vendor)", "question": "\(question)", "applied": "\(applied.rawValue)",
                    "strike": "\(isStrike)",
                ])
        case .demoted(let vendor, let until):
            let seconds = (until &- Clock.boot()) / 1_000_000_000
            logger.error(
                "a vendor missed too many deadlines and isn't asked for a while",
                metadata: ["vendor": "\(vendor)", "seconds": "\(seconds)"])
        case .restored(let vendor): logger.notice("a vendor is asked again", metadata: ["vendor": "\(vendor)"])
        case .queueFull(let question, _, let vendor, let limit, let applied):
            if limit == .vendor { accounts.count(.questions, of: vendor) }
            logger.warning(
                "a question wasn't put to an agent: a limit is reached",
                metadata: [
                    "vendor": "\(vendor)", "question": "\(question)", "limit": "\(limit.rawValue)",
                    "applied": "\(applied.rawValue)",
                ])
        case .clientLost(_, let vendor, let questions):
            logger.warning(
                "an agent ended with questions unanswered: its default was applied",
                metadata: ["vendor": "\(vendor)", "questions": "\(questions.count)"])
        case .limited(_, let vendor, _, let granted):
            logger.info(
                "an agent was granted other terms than it asked for",
                metadata: [
                    "vendor": "\(vendor)",
                    "deadline-milliseconds": "\(granted.deadline / ArbitrationLimits.millisecond)",
                    "questions-in-flight": "\(granted.capacity)",
                ])
        case .refused(let question, _, let why):
            logger.debug("an answer didn't count", metadata: ["question": "\(question)", "reason": "\(why.rawValue)"])
        case .flushed(_, let why, let verdicts):
            logger.debug("verdicts were dropped", metadata: ["reason": "\(why.rawValue)", "verdicts": "\(verdicts)"])
        }
    }
}

extension QuestionOutcome.Cause {
    /// Whether nobody said so: a default was applied.
    var isDefault: Bool {
        switch self {
        case .timedOut, .queueFull, .clientLost, .demoted, .guardApplied, .platformStopping: true
        case .answered, .cached, .noAuthoriser, .exempt, .withdrawn: false
        }
    }
}
