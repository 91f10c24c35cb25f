// SPDX-License-Identifier: Apache-2.0

import CGate
import EndpointModel
import Glibc
import LinuxSystem
import Synchronization

extension Gate {
    /// How long a question is put off at most for what isn't known yet: an opener that never goes to sleep (its processor
    /// is somebody else's, or it is kept awake on purpose) or a disk must not use up the time that the owner has.
    ///
    /// Long enough for executions, too: the kernel tells of each as an open as well, which is known by its call only when
    /// the thread has gone to sleep. 64 at once on two processors take some 300 ms to.
    static let knowledgeLimit = Duration.milliseconds(500)
    /// The same for what a file begins with: nobody fetches it meanwhile.
    static let contentLimit = Duration.milliseconds(20)

    /// Finds out what a question is about and asks the owner, unless nobody needs to be asked; false when it is too early.
    func consider(_ entry: Inbox.Question, _ owner: some GateOwner) -> Bool {
        let (id, question) = (entry.id, entry.question)
        // The guard was faster: it had to wait too long here.
        guard ledger.slot(id.slot).moment == Slot.Moment(id.question, .open) else { return true }
        let held = state.withLock { $0.operations }
        let pid = ProcFS.process(ofThread: question.thread)
        if owner.isExempt(pid) || keeper.isStarting(pid) {
            letPass(id)
            return true
        }

        var operations: [EndpointModel.Operation] = []
        var access: Set<Access> = []
        if question.kinds.contains(.execution) {
            if held.contains(.execution) { operations.append(.processExec) }
        } else {
            // What isn't known by then counts as all that it may be.
            let age = Clock.boot() &- entry.askedAt
            let isLate = age > Self.knowledgeLimit.boot
            guard let call = calls.call(of: question.thread) ?? (isLate ? .unknown : nil) else { return false }
            if held.contains(.imageLoad), call.reads {
                guard
                    let isImage = ImageFormat.isImage(question.descriptor)
                        ?? (age > Self.contentLimit.boot ? true : nil)
                else {
                    return false
                }
                if isImage { operations.append(.imageLoad) }
            }
            if case .open(let wanted) = call {
                access = wanted.filter { held.contains($0 == .write ? .openForWriting : .openForReading) }
                if !access.isEmpty {
                    access = wanted
                    operations.append(.fileOpen)
                }
            }
        }
        if operations.isEmpty {
            // Where only images are asked about, what isn't one can be left alone until it is written.
            let onlyImages = held.contains(.imageLoad) && held.isDisjoint(with: .opens)
            let mayPass = onlyImages && !question.kinds.contains(.execution)
            letPass(id, remembering: mayPass ? ticket(.open, isImage: true, for: nil) : nil)
            return true
        }
        let operation = HeldOperation(
            id: id, operations: operations, access: access, pid: pid, thread: question.thread,
            file: FileObject(describing: question.descriptor), descriptor: question.descriptor, askedAt: entry.askedAt,
            ticket: ticket(
                question.kinds.contains(.execution) ? .execution : .open, isImage: operations == [.imageLoad],
                for: question.descriptor))
        switch owner.ask(operation) {
        case .allow: answer(id, allow: true)
        case .deny: answer(id, allow: false)
        case .hold(let duration, let allowAtDeadline):
            // Under the lock: the slot may be another question's by now.
            state.withLock { _ in
                let slot = ledger.slot(id.slot)
                guard slot.moment == Slot.Moment(id.question, .open) else { return }
                slot.set(deadline: entry.askedAt + duration.boot, fallback: allowAtDeadline)
            }
        }
        return true
    }

    private func letPass(_ id: HeldOperation.ID, remembering ticket: PassTicket? = nil) {
        state.withLock { state in
            if settle(id, allow: true, remembering: ticket, &state) { state.counters.unasked += 1 }
        }
    }
}
