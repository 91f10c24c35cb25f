// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem

extension Guard {
    /// Gives its fallback to every question whose deadline and grace have passed: oldest first, as the kernel looks for
    /// them in that order.
    func answerOverdue(now: UInt64) {
        guard ledger.open.load() > 0 else { return }
        var overdue: [(question: UInt64, index: Int)] = []
        for index in ledger.used {
            let slot = ledger.slot(index)
            let moment = slot.moment
            guard moment.state == .open || moment.state == .claimedByDaemon else { continue }
            let (deadline, overflows) = slot.deadline.addingReportingOverflow(Self.grace.boot)
            if !overflows, now >= deadline { overdue.append((moment.question, index)) }
        }
        overdue.sort { $0.question < $1.question }
        for (question, index) in overdue { giveFallback(question, ledger.slot(index)) }
    }

    private func giveFallback(_ question: UInt64, _ slot: Slot) {
        // What the daemon has claimed it is answering this moment, unless it was stopped there. Should both answer, the
        // kernel knows only the first; the number stays the question's until the daemon has closed it after that.
        guard
            slot.move(question, from: .open, to: .claimedByGuard)
                || slot.move(question, from: .claimedByDaemon, to: .claimedByGuard)
        else { return }
        let allow = slot.fallback
        let answered = group.answer(slot.descriptor, allow: allow)
        slot.allowed = allow
        ledger.noteDelay(after: slot.deadline)
        if answered { (allow ? ledger.expiredAllowed : ledger.expiredDenied).add(1) }
        _ = slot.move(question, from: .claimedByGuard, to: .answeredByGuard)
    }

    /// Reads what the daemon doesn't, one batch of it, and answers by the guard's mode; false when there was nothing.
    ///
    /// One batch only: whoever opens without end must not keep the guard from seeing that the daemon is back, or that
    /// something is overdue.
    @discardableResult
    func answerNew() -> Bool {
        var questions: [FanotifyGroup.Question] = []
        var isRefused = false
        do {
            try group.read(into: &questions)
        } catch {
            // The kernel has refused one; there may be others behind it.
            isRefused = true
        }
        for question in questions {
            let allow = isAllowed(question)
            group.answer(question.descriptor, allow: allow)
            close(question.descriptor)
            (allow ? ledger.takenAllowed : ledger.takenDenied).add(1)
        }
        return !questions.isEmpty || isRefused && group.isUsable
    }

    private func isAllowed(_ question: FanotifyGroup.Question) -> Bool {
        // What the daemon is never asked about isn't refused either.
        if ledger.mode.load() != UInt64(GATE_GUARD_DENIES) || !question.isRegular { return true }
        // The daemon itself: held, it can't come back.
        if SystemThread.isThread(question.thread, of: daemonPID) { return true }
        return ledger.isException(question.descriptor)
    }

    /// Answers what the daemon was reading when it was stopped or killed, before it could write it down: the kernel knows
    /// those questions by numbers that stand in no slot. Ends when the daemon goes on: what it had read stands in the ledger
    /// then, and the same number may soon be another question's.
    func sweep(_ numbers: some Sequence<Int32>) {
        var written: Set<Int32> = []
        for index in ledger.used where ledger.slot(index).moment.state != .free {
            written.insert(ledger.slot(index).descriptor)
        }
        let allow = ledger.mode.load() != UInt64(GATE_GUARD_DENIES)
        // A dead one's words stay as they are.
        let beat = ledger.daemonBeat.load()
        for number in numbers where !written.contains(number) {
            guard ledger.reading.load() != 0, ledger.daemonBeat.load() == beat else { return }
            if group.answer(number, allow: allow) { ledger.swept.add(1) }
        }
    }
}
