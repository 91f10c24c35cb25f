// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
public import LinuxSystem
import Synchronization

extension Gate {
    /// How long one wait for questions lasts at most: so often the guard hears that the daemon lives. Milliseconds.
    static let beatMilliseconds: Int32 = 50
    /// How often the ledger is looked through for what the guard has answered.
    static let reapInterval = Duration.milliseconds(20)

    /// Reads questions and asks the owner, until `stop`.
    ///
    /// - Throws: only when the group itself is unusable; everything in flight has been answered then. Who holds others'
    ///   operations must not end because of one of them.
    public func run(_ owner: some GateOwner) throws(Errno) {
        SystemThread.setNice(-20)
        keeper.whenGuardEnds { [weak self] in self?.answerForDeadGuard() }
        defer { end(owner) }
        var inbox = Inbox()
        var nextReap = Clock.boot()
        var isReady = false
        while !state.withLock({ $0.isStopping }) {
            let now = Clock.boot()
            ledger.daemonBeat.store(Clock.awake())
            if now >= nextReap {
                reap(owner, now: now)
                nextReap = now + Self.reapInterval.boot
                // Also while there is always something newer.
                inbox.takeUp()
            }
            // Reading goes first: what is read stands in the ledger, and with that it can't wait for ever.
            try read(into: &inbox, owner, isReady: isReady)
            isReady = false
            if let question = inbox.next() {
                if !consider(question, owner) { inbox.putOff(question) }
            } else {
                isReady = try group.wait(timeout: inbox.isEmpty ? Self.beatMilliseconds : 1)
                inbox.takeUp()
            }
        }
        // In order: what is still to come passes, what has come is decided as ever.
        group.releaseAll()
        while try read(into: &inbox, owner, isReady: false) {}
        repeat {
            while let question = inbox.next() { if !consider(question, owner) { inbox.putOff(question) } }
            Clock.sleep(microseconds: inbox.isEmpty ? 0 : 1000)
            inbox.takeUp()
        } while !inbox.isEmpty
    }

    private func end(_ owner: some GateOwner) {
        group.releaseAll()
        state.withLock { state in
            for index in ledger.used {
                let slot = ledger.slot(index)
                let moment = slot.moment
                guard moment.state == .open else { continue }
                let allow = slot.fallback
                guard settle(HeldOperation.ID(question: moment.question, slot: index), allow: allow, &state) else {
                    continue
                }
                if allow { state.counters.expiredAllowed += 1 } else { state.counters.expiredDenied += 1 }
            }
        }
        keeper.end()
        calls.end()
        reap(owner, now: Clock.boot())
    }
}
