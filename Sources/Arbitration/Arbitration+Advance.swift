// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Time.
extension Arbitration {
    /// Does what is due: deadlines that passed, vendors whose cool-off is over. Every other method does so first.
    public mutating func advance(_ now: UInt64) -> [ArbitrationAction] {
        clock = max(clock, now)
        var actions: [ArbitrationAction] = []
        while let due = nextDeadline, due <= clock {
            if nextRestoration == due {
                restore(&actions)
            } else if let entry = deadlines.removeFirst() {
                expire(entry, &actions)
            }
        }
        prune()
        return actions
    }

    /// All seats of the question whose deadline this is, before its verdict: whoever missed it is to be named.
    private mutating func expire(_ entry: DeadlineQueue.Entry, _ actions: inout [ArbitrationAction]) {
        guard var question = pending.removeValue(forKey: entry.question) else { return }
        for index in question.seats.indices
        where question.seats[index].isWaiting && question.seats[index].deadline <= entry.time {
            let seat = question.seats[index]
            release(&question, index, in: entry.question)
            let applied = question.standIn(index)
            question.vote(index, applied, .timedOut, now: clock)
            counted.missedDeadlines += 1
            actions.append(.retract(entry.question, from: seat.client, why: .deadline))
            // A platform that was stopped can't say that a vendor was late.
            let isOnTime = clock - entry.time <= ArbitrationLimits.settlementGrace
            let isFirst = !question.seats.contains { $0.vendor == seat.vendor && $0.hasStruck }
            // Nor can a rule that has less patience than the vendor asked for.
            let hadItsTime = seat.deadline - question.question.askedAt >= seat.terms.deadline
            let isStrike = isOnTime && hadItsTime && isFirst && vendors[seat.vendor]?.demotedUntil == nil
            question.seats[index].hasStruck = isStrike
            actions.append(
                .report(
                    .missed(
                        question: entry.question, client: seat.client, vendor: seat.vendor,
                        applied: applied, isStrike: isStrike)))
            if isStrike { strike(seat.vendor, at: entry.time, &actions) }
        }
        proceed(question, &actions)
    }

    private mutating func strike(_ vendor: String, at time: UInt64, _ actions: inout [ArbitrationAction]) {
        counted.strikes += 1
        guard vendors[vendor]?.strike(at: time, limits) == true else { return }
        counted.demotions += 1
        let until = after(limits.coolOff)
        vendors[vendor]?.demotedUntil = until
        nextRestoration = min(nextRestoration ?? .max, until)
        actions.append(.report(.demoted(vendor: vendor, until: until)))
    }

    private mutating func restore(_ actions: inout [ArbitrationAction]) {
        let due = nextRestoration ?? .max
        for name in vendors.keys.sorted() where vendors[name]?.demotedUntil.map({ $0 <= due }) == true {
            vendors[name]?.demotedUntil = nil
            vendors[name]?.strikes = []
            actions.append(.report(.restored(vendor: name)))
        }
        nextRestoration = vendors.values.compactMap(\.demotedUntil).min()
    }

    /// Deadlines of questions that are answered lie in the queue until they come up or are its greater part.
    mutating func prune() {
        while let entry = deadlines.first, !matters(entry) { _ = deadlines.removeFirst() }
        let pending = pending
        deadlines.prune(live: waiting) { Self.matters($0, pending) }
    }

    private func matters(_ entry: DeadlineQueue.Entry) -> Bool { Self.matters(entry, pending) }

    private static func matters(_ entry: DeadlineQueue.Entry, _ pending: [UInt64: PendingQuestion]) -> Bool {
        guard let index = pending.index(forKey: entry.question) else { return false }
        return pending.values[index].seats.contains { $0.isWaiting && $0.deadline == entry.time }
    }
}
