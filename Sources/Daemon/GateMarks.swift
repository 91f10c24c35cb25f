// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Gate
import LinuxSystem
import Logging
import Synchronization

/// What is held, and where: as long as somebody wants to be asked, and nowhere else.
///
/// The gate, with its thread and its guard, is there from the first hold on: machines on which nobody is asked have
/// neither.
final class GateMarks: Sendable {
    private struct State {
        var thread: SystemThread?
        var wanted: [GatedOperations.RawValue: Int] = [:]
        /// Where something is held.
        var places: Set<Place> = []
        var hasTakenOver = false
        /// How many agents are asked.
        var agents = 0
        /// Whether files that pass are watched.
        var isWatching = false
    }

    private struct Place: Hashable {
        var path: String
        var scope: FanotifyGroup.Scope
    }

    /// How long one wait for a change of mounts lasts at most. Milliseconds.
    private static let mountPause: Int32 = 500

    /// Held while marks change, which may take a while the first time.
    private let state = Mutex(State())
    /// Who watches files that pass unasked, where the kernel can: with the hooks that it takes.
    private let watch: (any WriteWatch)?
    private let setHooks: @Sendable (_ attached: Bool) throws -> Void
    /// By itself, for answers: they don't wait while marks change.
    private let current = Mutex<Gate?>(nil)
    private let allowByDefault: Mutex<Bool>
    /// Where operations are held; empty is on every file system that has files of its own.
    private let mounts: [String]
    private let configuration: GateConfiguration
    private let logger: Logger
    private let stopping = Mutex(false)
    private let owner = Mutex<(owner: any GateOwner, failure: ThreadFailure)?>(nil)

    /// - Parameter setHooks: attaches the programs that watch files which pass, or has them detached.
    init(
        mounts: [String], configuration: GateConfiguration, watch: (any WriteWatch)?,
        setHooks: @escaping @Sendable (_ attached: Bool) throws -> Void, logger: Logger
    ) {
        self.mounts = mounts
        self.watch = watch
        self.setHooks = setHooks
        self.configuration = configuration
        allowByDefault = Mutex(configuration.guardMode != .deny)
        self.logger = logger
    }

    /// Who is asked, and who is told when the gate's thread can't go on; set before anything is held.
    func set(owner: any GateOwner, failure: ThreadFailure) { self.owner.withLock { $0 = (owner, failure) } }

    /// Ends what killed daemons have left: from now on this one decides what is held.
    func endOrphans() {
        if gate == nil { Gate.endOrphans() }
    }

    /// Holds operations as long as the daemon runs: those that it decides itself.
    func holdAlways(_ operations: GatedOperations) throws {
        try state.withLock { state in
            for bit in operations.bits { state.wanted[bit, default: 0] += 1 }
            _ = try mark(&state)
        }
    }

    /// Holds what an agent wants to be asked about, or policies ask about, on top of what others want.
    ///
    /// - Parameter agent: whether it is an agent: what one says is kept of files, which are watched as long as there is one.
    /// - Returns: sentences worth reading, such as where nothing can be held.
    func hold(_ operations: GatedOperations, agent: Bool = false) throws(PlatformError) -> [String] {
        guard !operations.isEmpty else { return [] }
        do {
            return try state.withLock { state in
                for bit in operations.bits { state.wanted[bit, default: 0] += 1 }
                let agents = agent ? 1 : 0
                state.agents += agents
                do {
                    return try mark(&state)
                } catch {
                    for bit in operations.bits { state.wanted[bit, default: 1] -= 1 }
                    state.agents -= agents
                    throw error
                }
            }
        } catch {
            throw PlatformError(.gateUnavailable, "operations can't be held on this machine: \(error)")
        }
    }

    func release(_ operations: GatedOperations, agent: Bool = false) {
        guard !operations.isEmpty else { return }
        state.withLock { state in
            for bit in operations.bits { state.wanted[bit, default: 1] -= 1 }
            if agent { state.agents -= 1 }
            // What is left held for nobody is let pass by the owner; a failure here costs time, not safety.
            _ = try? mark(&state)
        }
    }

    /// - Returns: false when it has been answered before: by the guard or the gate itself, after the deadline.
    func answer(_ id: HeldOperation.ID, allow: Bool, remembering: PassTicket?) -> Bool {
        gate?.answer(id, allow: allow, remembering: remembering) ?? false
    }

    /// The file of a held operation, for the caller to close; `nil` once that is answered.
    func duplicate(_ id: HeldOperation.ID) -> Int32? { gate?.duplicate(id) }

    func flush(_ reason: Gate.FlushReason) { gate?.flush(reason) }

    /// A file that passed in this epoch was opened for writing.
    func passesEnded(_ epoch: UInt64) { gate?.endPasses(of: epoch, .fileWritten) }

    /// What applies to what nobody could be asked about yet: too much is held at once, or the platform is held up. With a
    /// guard that denies it is a deny, whoever is asked.
    func setDefault(allow: Bool) {
        let allow = allow && configuration.guardMode != .deny
        allowByDefault.withLock { $0 = allow }
        gate?.setDefault(allow: allow)
    }

    var counters: GateCounters? { gate?.counters }

    func stop() {
        stopping.withLock { $0 = true }
        let (gate, thread) = state.withLock { (self.gate, $0.thread) }
        gate?.stop()
        thread?.join()
    }

    private var gate: Gate? { current.withLock { $0 } }

    /// Brings the marks in line with what is wanted.
    ///
    /// What is held only grows while anybody wants anything: to hold less, the kernel would have to hold nothing for a
    /// moment. What nobody asks about any more, the owner lets pass.
    private func mark(_ state: inout State) throws -> [String] {
        let wanted = state.wanted.filter { $0.value > 0 }.keys.reduce(into: GatedOperations()) {
            $0.formUnion(GatedOperations(rawValue: $1))
        }
        guard !wanted.isEmpty || gate != nil else { return [] }
        let gate = try started(&state)
        setWatch(of: gate, watching: state.agents > 0, &state)
        if wanted.isEmpty {
            for place in state.places {
                do {
                    try gate.release(place.scope, of: place.path)
                } catch {
                    logger.warning(
                        "a mark couldn't be removed", metadata: ["path": "\(place.path)", "reason": "\(error)"])
                }
            }
            state.places = []
            return []
        }
        var notes: [String] = []
        var tried = mounts.count
        if mounts.isEmpty {
            let table = try MountTable()
            tried = table.holdable.count
            notes = gate.rescan(wanted, table).map { "nothing is held on \($0.mount.path): \($0.error)" }
            state.places = Set(table.holdable.map { Place(path: $0.path, scope: .fileSystem) })
        }
        for path in mounts {
            do throws(Errno) {
                try gate.hold(wanted, .mount, of: path)
                state.places.insert(Place(path: path, scope: .mount))
            } catch {
                notes.append("nothing is held on \(path): \(error)")
            }
        }
        guard notes.count < tried else {
            throw StartupError(notes.first ?? "there is no file system to hold anything on")
        }
        // Until here a killed daemon's guard has held what it did.
        if !state.hasTakenOver { gate.takeOver() }
        state.hasTakenOver = true
        return notes
    }

    /// Has files watched before anything is kept of them, and until nothing is any more.
    private func setWatch(of gate: Gate, watching: Bool, _ state: inout State) {
        guard let watch, watching != state.isWatching else { return }
        if !watching {
            // Whatever becomes of the hooks: the next agent has files watched anew.
            gate.setWatch(nil)
            state.isWatching = false
        }
        do {
            try setHooks(watching)
            guard watching else { return }
            gate.setWatch(watch)
            state.isWatching = true
        } catch {
            logger.warning("every operation is asked about: files can't be watched", metadata: ["reason": "\(error)"])
        }
    }

    /// File systems that are mounted later are held as well, as soon as that is seen.
    private func watchMounts() throws {
        let watcher = try MountWatcher()
        let thread = try SystemThread(name: "mounts") { [weak self] in
            while let self, !self.stopping.withLock({ $0 }) {
                do {
                    guard try watcher.hasChanged(within: Self.mountPause) else { continue }
                    for note in try self.state.withLock({ state in try self.mark(&state) }) {
                        self.logger.warning("\(note)")
                    }
                } catch {
                    self.logger.error("a new mount may not be held", metadata: ["reason": "\(error)"])
                    Clock.sleep(microseconds: UInt32(Self.mountPause) * 1000)
                }
            }
        }
        thread.detach()
    }

    private func started(_ state: inout State) throws -> Gate {
        if let gate { return gate }
        guard let (owner, failure) = owner.withLock({ $0 }) else {
            throw StartupError("the platform is starting; try again")
        }
        let gate = try Gate(configuration)
        state.thread = try SystemThread(name: "gate") {
            do {
                try gate.run(owner)
            } catch {
                failure.report("operations can't be held any more: \(error)")
            }
        }
        gate.setDefault(allow: allowByDefault.withLock { $0 })
        current.withLock { $0 = gate }
        if mounts.isEmpty { try watchMounts() }
        return gate
    }
}

extension GatedOperations {
    init(_ authorisation: Authorisation) {
        self.init(authorisation.operations, access: authorisation.access)
    }

    /// - Parameter access: of opens; empty is any.
    init(_ operations: Set<EndpointModel.Operation>, access: Set<Access>) {
        self = operations.reduce(into: []) { $0.formUnion(GatedOperations($1)) }
        if !access.isEmpty, !access.contains(.read) { remove(.openForReading) }
        if !access.isEmpty, !access.contains(.write) { remove(.openForWriting) }
    }

    /// Each operation alone.
    var bits: [RawValue] { (0..<8).map { 1 << $0 }.filter { rawValue & $0 != 0 } }
}

extension PlatformError.Code {
    static let gateUnavailable = Self(rawValue: "gate-unavailable")
}
