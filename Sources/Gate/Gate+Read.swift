// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem
import Synchronization

extension Gate {
    /// How often the owner is told of opens that the kernel refused, at most.
    static let refusalInterval = Duration.seconds(1)

    /// Batches that are read at once: what is answered while it is read can come without end.
    static let maximumBatches = 4

    /// Reads what is there, at most `maximumBatches`, into the ledger and the inbox.
    ///
    /// - Parameter isReady: whether there was something to read just now.
    /// - Returns: whether there may be more.
    @discardableResult
    func read(into inbox: inout Inbox, _ owner: some GateOwner, isReady: Bool) throws(Errno) -> Bool {
        var questions: [FanotifyGroup.Question] = []
        let absences = ledger.absences.load()
        var isFirst = true
        for _ in 0..<Self.maximumBatches {
            questions.removeAll(keepingCapacity: true)
            // Between this and the next line of the kind the guard can't know all numbers.
            ledger.reading.store(1)
            var failure: Errno?
            do {
                try group.read(into: &questions)
            } catch {
                failure = error
            }
            if !questions.isEmpty { record(questions, into: &inbox) }
            ledger.reading.store(0)
            // A lease on the file: the kernel gives the same error for it as for nothing to read.
            if isFirst, isReady, questions.isEmpty, failure == nil, absences == ledger.absences.load() {
                failure = Errno("open a file that is leased", code: EAGAIN)
            }
            isFirst = false
            if let failure {
                // Not by its number: whoever opens a file of his own driver or the like chooses that.
                guard group.isUsable else { throw failure }
                if noteRefusal() { owner.refused(failure) }
            }
            ledger.daemonBeat.store(Clock.awake())
            if questions.count < FanotifyGroup.batch { return false }
        }
        return true
    }

    /// Counts an open that the kernel refused; whether the owner is to hear of it. Who opens sockets and absent devices
    /// makes as many as he likes.
    private func noteRefusal() -> Bool {
        let now = Clock.boot()
        return state.withLock { state in
            state.counters.refused += 1
            guard now >= state.nextRefusal else {
                state.counters.refusedUntold += 1
                return false
            }
            state.nextRefusal = now + Self.refusalInterval.boot
            return true
        }
    }

    private func record(_ questions: [FanotifyGroup.Question], into inbox: inout Inbox) {
        let now = Clock.boot()
        let own = Int32(truncatingIfNeeded: ledger.guardian.load())
        let fallback = allowsByDefault.load(ordering: .sequentiallyConsistent)
        let deadline = now + configuration.deadline.boot
        state.withLock { state in
            for question in questions {
                state.counters.questions += 1
                // Ours never wait: whatever else this process waits for may be waiting for them.
                // And only regular files are anybody's business here. (0 is nobody's thread, nor the guard's while it starts.)
                if question.thread == own && own != 0 || SystemThread.isOwn(question.thread) || !question.isRegular {
                    state.counters.unasked += 1
                    answerAtOnce(question, allow: true)
                    continue
                }
                guard let index = takeSlot(&state) else {
                    state.counters.ledgerFull += 1
                    answerAtOnce(question, allow: fallback)
                    continue
                }
                let number = state.next
                state.next += 1
                ledger.slot(index).open(
                    number, descriptor: question.descriptor, askedAt: now, deadline: deadline, fallback: fallback)
                inbox.append(
                    Inbox.Question(id: .init(question: number, slot: index), question: question, askedAt: now))
            }
        }
    }

    private func answerAtOnce(_ question: FanotifyGroup.Question, allow: Bool) {
        group.answer(question.descriptor, allow: allow)
        close(question.descriptor)
    }
}
