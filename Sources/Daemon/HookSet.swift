// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import KernelPrograms
import LinuxSystem
import Synchronization

/// Which deciding programs are attached: those that a policy or a listener needs, and no others. A hook that nothing
/// follows from costs nothing.
///
/// Programs are attached before the policy that needs them is in force. One that nothing needs any more is detached some
/// seconds later: attaching anew would wait for the kernel, and listeners and policies come and go. Once loaded it stays
/// loaded. At tier `enforce` each attachment is pinned, so that it outlives the daemon.
///
/// ## Concurrency model
/// Policies change on the platform's actor, listeners on the hub's callers, a task lets go of what isn't needed; all
/// under one mutex.
final class HookSet: Sendable {
    private struct State {
        var policy: Set<EndpointModel.Operation> = []
        var listeners: Set<EndpointModel.Operation> = []
        /// Whether a rule asks for digests.
        var wantsDigests = false
        /// Whether files pass the gate unasked.
        var watchesPasses = false
        var attached: Set<KernelProgram> = []
        /// Counts the changes of what is needed.
        var changes: UInt64 = 0
        /// Where attachments are pinned; none until the session has taken its place.
        var pinFolder: String?
    }

    /// How long a program stays attached that nothing needs.
    private static let linger = Duration.seconds(3)

    private let object: BPFObject
    /// Programs whose hook this kernel has.
    private let available: Set<KernelProgram>
    /// Loads programs that the object left out.
    private let load: @Sendable (Set<KernelProgram>) throws -> Void
    private let state = Mutex(State())
    /// Told of each attachment's descriptor.
    private let attached = Mutex<@Sendable (Int32) -> Void>({ _ in })

    init(
        object: BPFObject, available: Set<KernelProgram>,
        load: @escaping @Sendable (Set<KernelProgram>) throws -> Void
    ) {
        self.object = object
        self.available = available
        self.load = load
    }

    /// Tells of every attachment from now on.
    func onAttach(_ body: @escaping @Sendable (Int32) -> Void) { attached.withLock { $0 = body } }

    /// The deciding programs, each with the first operation that it serves.
    var deciders: [String: EndpointModel.Operation] {
        var operations: [String: EndpointModel.Operation] = [:]
        for operation in EndpointModel.Operation.allCases.reversed() {
            for program in operation.programs where available.contains(program) {
                operations[program.rawValue] = operation
            }
        }
        // A write that one of these doesn't see leaves a verdict in force for another content.
        operations[KernelProgram.gateOpen.rawValue] = .fileOpen
        operations[KernelProgram.gateMap.rawValue] = .imageLoad
        operations[KernelProgram.gateProtect.rawValue] = .imageLoad
        return operations
    }

    /// Pins what is attached, and from now on what will be.
    func pin(in folder: String) throws {
        try state.withLock { state in
            for program in state.attached where outlivesDaemon(program) {
                try object.pinLink(program.rawValue, at: "\(folder)/\(program.rawValue)")
            }
            state.pinFolder = folder
        }
    }

    /// Makes sure of the programs that a policy on `operations` needs, beside those of the policy in force.
    func prepare(policyOn operations: Set<EndpointModel.Operation>, wantsDigests: Bool) throws {
        try state.withLock { state in
            state.policy.formUnion(operations)
            state.wantsDigests = state.wantsDigests || wantsDigests
            try attachMissing(&state)
        }
    }

    /// A policy on `operations` is now the only one in force.
    func settle(policyOn operations: Set<EndpointModel.Operation>, wantsDigests: Bool) {
        state.withLock { state in
            state.policy = operations
            state.wantsDigests = wantsDigests
            detachNeedlessLater(&state)
        }
    }

    /// Somebody listens to `operations` and to no others. What can't be attached is listened to in vain: the caller says so.
    func listen(to operations: Set<EndpointModel.Operation>) throws {
        try state.withLock { state in
            state.listeners = operations.filter { !$0.isReportedByTracepoint }
            defer { detachNeedlessLater(&state) }
            try attachMissing(&state)
        }
    }

    /// Files pass the gate unasked from now on, or don't any more.
    func watchPasses(_ watches: Bool) throws {
        try state.withLock { state in
            state.watchesPasses = watches
            defer { detachNeedlessLater(&state) }
            try attachMissing(&state)
        }
    }

    /// Detaches everything.
    func detachAll() {
        state.withLock { state in
            state.watchesPasses = false
            state.policy = []
            state.listeners = []
            state.wantsDigests = false
            detach(state.attached, &state)
        }
    }

    /// Attaches a program for the time of `body`, if it isn't.
    func withAttached<Result>(_ program: KernelProgram, _ body: () throws -> Result) throws -> Result {
        try state.withLock { state in
            let isAttached = state.attached.contains(program)
            if !isAttached {
                try load([program])
                try object.attach(program.rawValue)
            }
            defer { if !isAttached { object.detach(program.rawValue) } }
            return try body()
        }
    }

    private func needed(_ state: State) -> Set<KernelProgram> {
        let deciding = Set(state.policy.union(state.listeners).flatMap(\.programs))
        return deciding.union(state.wantsDigests ? KernelProgram.collecting : [])
            .union(state.watchesPasses ? KernelProgram.gating : []).intersection(available)
    }

    /// Without a daemon nobody could end a pass: what the programs of the gate refuse would stay refused.
    private func outlivesDaemon(_ program: KernelProgram) -> Bool { !KernelProgram.gating.contains(program) }

    private func attachMissing(_ state: inout State) throws {
        let missing = needed(state).subtracting(state.attached)
        // All that can fail for long comes before the first is attached.
        try load(missing)
        let collecting = Set(KernelProgram.collecting)
        let deciding = missing.subtracting(collecting)
        for program in deciding { try attach(program, &state) }
        guard state.wantsDigests else { return }
        // On one hook the kernel runs the program that was attached last first, and digests are wanted before decisions.
        if !deciding.isEmpty { detach(state.attached.intersection(collecting), &state) }
        for program in KernelProgram.collecting where !state.attached.contains(program) { try attach(program, &state) }
    }

    private func detachNeedlessLater(_ state: inout State) {
        state.changes += 1
        guard state.attached != needed(state) else { return }
        Task { [weak self, changes = state.changes] in
            try? await Task.sleep(for: Self.linger)
            self?.detachNeedless(unlessChangedSince: changes)
        }
    }

    private func detachNeedless(unlessChangedSince changes: UInt64) {
        state.withLock { state in
            // After a later change there is a later task.
            guard state.changes == changes else { return }
            detach(state.attached.subtracting(needed(state)), &state)
        }
    }

    private func attach(_ program: KernelProgram, _ state: inout State) throws {
        try attachWhenFree(program)
        if let folder = state.pinFolder, outlivesDaemon(program) {
            do {
                try object.pinLink(program.rawValue, at: "\(folder)/\(program.rawValue)")
            } catch {
                object.detach(program.rawValue)
                throw error
            }
        }
        state.attached.insert(program)
        if let link = object.linkDescriptor(program.rawValue) { attached.withLock { $0 }(link) }
    }

    /// The kernel refuses a program that it hasn't let go of yet (EBUSY): waits, ten seconds at most.
    private func attachWhenFree(_ program: KernelProgram) throws {
        for _ in 0..<500 {
            do throws(BPFError) {
                try object.attach(program.rawValue)
                return
            } catch {
                guard error.code == EBUSY else { throw error }
            }
            Clock.sleep(microseconds: 20_000)
        }
        try object.attach(program.rawValue)
    }

    private func detach(_ programs: Set<KernelProgram>, _ state: inout State) {
        let closing = DeferredClose(holding: programs.compactMap { object.linkDescriptor($0.rawValue) })
        for program in programs {
            object.detach(program.rawValue)
            if let folder = state.pinFolder, outlivesDaemon(program) { unlink("\(folder)/\(program.rawValue)") }
        }
        closing.end()
        state.attached.subtract(programs)
    }
}
