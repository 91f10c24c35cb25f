// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem
import Synchronization

extension Gate {
    /// How long after a deadline the gate itself gives the fallback, should the guard not have: it is being started again.
    static let backstop = Duration.milliseconds(100)

    /// A slot for a question; none when `capacity` are in flight.
    func takeSlot(_ state: inout GateState) -> Int? {
        if let index = state.free.popLast() {
            ledger.open.add(1)
            return index
        }
        let used = ledger.usedSlots.load()
        guard used < UInt64(Ledger.capacity) else { return nil }
        // Before the slot is open, so that the guard looks at it.
        ledger.usedSlots.store(used + 1)
        ledger.open.add(1)
        return Int(used)
    }

    /// Answers a question that is open; false when it isn't (any more), or when the kernel knows of an answer already.
    func settle(
        _ id: HeldOperation.ID, allow: Bool, remembering: PassTicket? = nil, _ state: inout GateState
    ) -> Bool {
        let slot = ledger.slot(id.slot)
        guard slot.move(id.question, from: .open, to: .claimedByDaemon) else { return false }
        let descriptor = slot.descriptor
        if let remembering, remember(descriptor, remembering, &state) { state.counters.remembered += 1 }
        guard group.answer(descriptor, allow: allow) else {
            // The guard's sweep was faster: its word counts, and `reap` tells the owner of it as of its other answers.
            slot.allowed = guardAllows
            _ = slot.move(id.question, from: .claimedByDaemon, to: .answeredByGuard)
            return false
        }
        // The guard takes over what a stopped daemon has claimed; then the slot isn't ours to free.
        guard slot.move(id.question, from: .claimedByDaemon, to: .free) else { return true }
        free(id.slot, &state)
        close(descriptor)
        return true
    }

    private func free(_ index: Int, _ state: inout GateState) {
        state.free.append(index)
        ledger.open.subtract(1)
        if ledger.open.load() == 0 {
            // From the front again: the guard looks at few slots, and answers the oldest first.
            state.free.removeAll(keepingCapacity: true)
            ledger.usedSlots.store(0)
        }
    }

    // MARK: What the guard has answered

    /// Closes what the guard has answered, gives what is overdue its fallback, and tells the owner of both.
    func reap(_ owner: some GateOwner, now: UInt64) {
        guard ledger.open.load() > 0 else { return }
        let expired = state.withLock { state in
            var expired: [(HeldOperation.ID, Bool)] = []
            for index in ledger.used {
                let slot = ledger.slot(index)
                let moment = slot.moment
                let id = HeldOperation.ID(question: moment.question, slot: index)
                switch moment.state {
                case .answeredByGuard:
                    let (descriptor, allowed) = (slot.descriptor, slot.allowed)
                    guard slot.move(id.question, from: .answeredByGuard, to: .free) else { continue }
                    free(index, &state)
                    close(descriptor)
                    expired.append((id, allowed))
                case .open where now > slot.deadline && now - slot.deadline > Self.backstop.boot:
                    let (allow, deadline) = (slot.fallback, slot.deadline)
                    guard settle(id, allow: allow, &state) else { continue }
                    ledger.noteDelay(after: deadline)
                    if allow { state.counters.expiredAllowed += 1 } else { state.counters.expiredDenied += 1 }
                    expired.append((id, allow))
                default: break
                }
            }
            return expired
        }
        for (id, allowed) in expired { owner.expired(id, allowed: allowed) }
    }

    /// What the guard answers where no fallback is known.
    private var guardAllows: Bool { configuration.guardMode != .deny }

    /// What a guard had claimed when it ended may or may not have been answered: it is answered (again). So is what it had
    /// read itself, by the mode: the kernel knows it by the numbers that only a guard has.
    ///
    /// Before another guard is started, so that nothing it claims is meant.
    func answerForDeadGuard() {
        state.withLock { _ in
            for index in ledger.used {
                let slot = ledger.slot(index)
                let moment = slot.moment
                guard moment.state == .claimedByGuard else { continue }
                let allow = slot.fallback
                group.answer(slot.descriptor, allow: allow)
                slot.allowed = allow
                _ = slot.move(moment.question, from: .claimedByGuard, to: .answeredByGuard)
            }
            let allow = guardAllows
            for number in Int32(Self.descriptorLimit)..<Int32(Self.guardDescriptorLimit) {
                if group.answer(number, allow: allow) { (allow ? ledger.takenAllowed : ledger.takenDenied).add(1) }
            }
        }
    }
}
