// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
public import LinuxSystem
import Synchronization

/// Holds executions, loads of images and opens of files until somebody has answered for them, and never longer.
///
/// Every question has a deadline and a fallback from the moment it is read. They stand in a ledger which a second, small
/// process shares: the guard. It gives what isn't answered in time its fallback, whether the daemon is slow, stopped or
/// dead, and while the daemon is away it answers new questions by the site's `GuardMode`. A question waits at most until
/// its deadline and `Guard.grace`; one that the daemon never read, `GateConfiguration.patience`.
///
/// ## Concurrency model
/// `run` is called on one thread, which reads and asks; `answer` may come from any thread. One lock is held around each
/// answer, so that no thread writes an answer for a number that another one has just closed. The owner is never called
/// under it.
public final class Gate: Sendable {
    /// Why all files are asked about again.
    public enum FlushReason: String, Sendable, Hashable, CaseIterable {
        case policyChange = "policy-change"
        case ownerChange = "owner-change"
        case operatorRequest = "operator-request"
        /// A file that passed was opened for writing.
        case fileWritten = "file-written"
        /// A verdict doesn't stand any longer.
        case verdictExpired = "verdict-expired"
    }

    /// Questions in flight at most.
    public static let capacity = Ledger.capacity
    /// Descriptors that this process may have: those of all questions and as many for everything else. The guard's begin
    /// above, so that no number stands for a question of each.
    public static let descriptorLimit = 65_536
    /// Descriptors that the guard may have: a batch of questions, and its own.
    static let guardDescriptorLimit = descriptorLimit + 2 * FanotifyGroup.batch

    let configuration: GateConfiguration
    /// The fallback of what the owner hasn't been asked about yet.
    let allowsByDefault: Atomic<Bool>
    let group: FanotifyGroup
    let ledger: Ledger
    let keeper: GuardKeeper
    let calls = CallReader()
    let state: Mutex<GateState>

    /// Starts the guard; nothing is held yet. Ends guards that a killed daemon has left only in `takeOver`.
    public init(_ configuration: GateConfiguration = GateConfiguration()) throws(Errno) {
        try DescriptorLimit.set(Self.descriptorLimit)
        self.configuration = configuration
        allowsByDefault = Atomic(configuration.allowAtDeadline)
        group = try FanotifyGroup()
        ledger = try Ledger()
        ledger.daemon.store(UInt64(getpid()))
        ledger.daemonBeat.store(Clock.awake())
        ledger.mode.store(configuration.guardMode.word)
        ledger.patience.store(configuration.patience.boot)
        try ledger.setExceptions(configuration.guardExceptions)
        state = Mutex(GateState())
        keeper = try GuardKeeper(configuration.guardCommand, ledger: ledger, group: group)
    }

    // MARK: What is held

    /// Holds operations on the mount or the file system of a path. What is asked is all that is held anywhere: the owner
    /// is asked about what it holds elsewhere, too.
    public func hold(
        _ operations: GatedOperations, _ scope: FanotifyGroup.Scope, of path: String
    ) throws(Errno) {
        // Asked for before the first question can come.
        let before = state.withLock { state in
            defer { state.held[Place(path: path, scope: scope), default: []].formUnion(operations) }
            return state.held[Place(path: path, scope: scope)]
        }
        do {
            try group.hold(operations.kinds, scope, of: path)
        } catch {
            state.withLock { $0.held[Place(path: path, scope: scope)] = before }
            throw error
        }
    }

    /// Holds nothing there any more.
    public func release(_ scope: FanotifyGroup.Scope, of path: String) throws(Errno) {
        let operations = state.withLock { $0.held.removeValue(forKey: Place(path: path, scope: scope)) }
        guard let operations else { return }
        try group.release(operations.kinds, scope, of: path)
    }

    /// Ends the guards of daemons that were killed, where nothing is to be held: what they kept closed is open then.
    public static func endOrphans() { OrphanedGuards.end(sparing: 0) }

    /// Ends the guards of daemons that were killed. To be called once this gate holds what it has to: until then theirs
    /// hold it, and for a moment both do.
    public func takeOver() { OrphanedGuards.end(sparing: Int32(truncatingIfNeeded: ledger.guardian.load())) }

    /// Sets the fallback of questions that the owner hasn't been asked about: of those read from now on, at the configured
    /// deadline, and of those that find `capacity` in flight, at once. Until then `GateConfiguration.allowAtDeadline`.
    ///
    /// May be called from any thread at any time. To be called before `hold` by an owner whose askers want what nobody
    /// answers to be refused. What has been read keeps the fallback it has.
    public func setDefault(allow: Bool) { allowsByDefault.store(allow, ordering: .sequentiallyConsistent) }

    // MARK: Answers

    /// Answers a question.
    ///
    /// - Parameter remembering: of an allow that holds for everyone, every way and by every path: the file isn't asked
    ///   about any more until it is written, its inode has left memory, or `flush`. Not if it has been written since the
    ///   ticket was taken, or there was a `flush`; and where nobody watches it (`PassTicket.isWatched`) not if somebody has
    ///   it open for writing, or others than root may open it so: a change through a mapping would go unnoticed.
    /// - Returns: false when it has been answered before: by the guard or the gate itself, after the deadline.
    @discardableResult
    public func answer(_ id: HeldOperation.ID, allow: Bool, remembering: PassTicket? = nil) -> Bool {
        state.withLock { state in
            guard settle(id, allow: allow, remembering: allow ? remembering : nil, &state) else {
                state.counters.late += 1
                return false
            }
            if allow { state.counters.allowed += 1 } else { state.counters.denied += 1 }
            return true
        }
    }

    /// The file of a question that is open, for reading at a position, for the caller to close; `nil` once it is answered.
    public func duplicate(_ id: HeldOperation.ID) -> Int32? {
        // Under the lock: the number may be another question's by now.
        state.withLock { _ in
            let slot = ledger.slot(id.slot)
            guard slot.moment == Slot.Moment(id.question, .open) else { return nil }
            let copy = fcntl(slot.descriptor, F_DUPFD_CLOEXEC, 3)
            return copy < 0 ? nil : copy
        }
    }

    public var counters: GateCounters {
        var counters = state.withLock { $0.counters }
        counters.expiredAllowed += ledger.expiredAllowed.load()
        counters.expiredDenied += ledger.expiredDenied.load()
        counters.longestDelay = .nanoseconds(Int64(clamping: ledger.longestDelay.load()))
        counters.takenAllowed = ledger.takenAllowed.load()
        counters.takenDenied = ledger.takenDenied.load()
        counters.swept = ledger.swept.load()
        counters.absences = ledger.absences.load()
        counters.inFlight = ledger.open.load()
        counters.guardRestarts = keeper.restarts
        counters.guardContinued = keeper.continued
        return counters
    }

    /// Makes `run` return: nothing is held any more, what is in flight gets its fallback, the guard ends.
    public func stop() { state.withLock { $0.isStopping = true } }
}
