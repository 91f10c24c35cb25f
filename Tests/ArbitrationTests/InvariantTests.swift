// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct InvariantTests {
    @Test("whatever comes in which order: one verdict, in time, deny wins, defaults as declared")
    func invariants() {
        var checked: [String: Int] = [:]
        var counters = ArbitrationCounters()
        for seed in 1...UInt64(3000) {
            var schedule = RandomSchedule(seed: seed)
            let checker = schedule.run()
            if !checker.violations.isEmpty {
                Issue.record("schedule \(seed): \(checker.violations.prefix(5).joined(separator: "; "))")
                return
            }
            checked.merge(checker.checked, uniquingKeysWith: +)
            counters.add(schedule.counters)
        }
        // The schedules reach what they are for.
        for kind in [
            "one verdict", "in time", "deny wins", "full", "lost client", "demoted", "cached", "stopping", "rule",
        ] {
            #expect((checked[kind] ?? 0) >= 50, "\(kind): \(checked[kind] ?? 0)")
        }
        for refusal in AnswerRefusal.allCases { #expect((counters.refusedAnswers[refusal] ?? 0) >= 50, "\(refusal)") }
        for limit in QuestionLimit.allCases { #expect((counters.queueFull[limit] ?? 0) >= 50, "\(limit)") }
        #expect(counters.missedDeadlines >= 1000 && counters.lostAnswers >= 50 && counters.demotions >= 50)
    }

    @Test("the check notices a state machine that breaks a rule", arguments: Arbiter.Fault.allCases)
    func faults(fault: Arbiter.Fault) {
        let noticed = (1...UInt64(200)).first { seed in
            var schedule = RandomSchedule(seed: seed, fault: fault)
            return schedule.run().violations.contains { $0.hasPrefix(fault.broken + ": ") }
        }
        #expect(noticed != nil, "\(fault) went unnoticed")
    }
}

extension Arbiter.Fault {
    /// The rule that it breaks.
    fileprivate var broken: String {
        switch self {
        case .losesVerdict, .repeatsVerdict: "one verdict"
        case .isLate: "in time"
        case .allowsDenied: "deny wins"
        case .allowsLost: "lost client"
        case .allowsWhenFull, .hidesFull: "full"
        case .shortensDeadline, .appliesLateAnswers, .forgetsRule: "deadline"
        case .asksOnlyOne: "entitled"
        case .cachesForOthers: "cached"
        }
    }
}

extension ArbitrationCounters {
    fileprivate mutating func add(_ other: ArbitrationCounters) {
        missedDeadlines += other.missedDeadlines
        lostAnswers += other.lostAnswers
        demotions += other.demotions
        refusedAnswers.merge(other.refusedAnswers, uniquingKeysWith: +)
        queueFull.merge(other.queueFull, uniquingKeysWith: +)
    }
}
