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
/// Programs are attached before the policy that needs them is in force, and detached only after the one that needed
/// them isn't. At tier `enforce` each attachment is pinned, so that it outlives the daemon.
///
/// ## Concurrency model
/// Policies change on the platform's actor, listeners on the hub's callers; both under one mutex.
final class HookSet: Sendable {
    private struct State {
        var policy: Set<EndpointModel.Operation> = []
        var listeners: Set<EndpointModel.Operation> = []
        /// Whether a rule asks for digests.
        var wantsDigests = false
        var attached: Set<KernelProgram> = []
        /// Where attachments are pinned; none until the session has taken its place.
        var pinFolder: String?
    }

    private let object: BPFObject
    /// Programs whose hook this kernel has.
    private let available: Set<KernelProgram>
    private let state = Mutex(State())

    init(object: BPFObject, available: Set<KernelProgram>) {
        self.object = object
        self.available = available
    }

    /// Pins what is attached, and from now on what will be.
    func pin(in folder: String) throws {
        try state.withLock { state in
            for program in state.attached { try object.pinLink(program.rawValue, at: "\(folder)/\(program.rawValue)") }
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

    /// Lets go of what a policy on `operations`, now the only one in force, doesn't need.
    func settle(policyOn operations: Set<EndpointModel.Operation>, wantsDigests: Bool) {
        state.withLock { state in
            state.policy = operations
            state.wantsDigests = wantsDigests
            detachNeedless(&state)
        }
    }

    /// Somebody listens to `operations` and to no others. What can't be attached is listened to in vain: the caller says so.
    func listen(to operations: Set<EndpointModel.Operation>) throws {
        try state.withLock { state in
            state.listeners = operations.filter { !$0.isReportedByTracepoint }
            defer { detachNeedless(&state) }
            try attachMissing(&state)
        }
    }

    /// Detaches everything.
    func detachAll() {
        state.withLock { state in
            state.policy = []
            state.listeners = []
            state.wantsDigests = false
            detachNeedless(&state)
        }
    }

    /// Attaches a program for the time of `body`, if it isn't.
    func withAttached<Result>(_ program: KernelProgram, _ body: () throws -> Result) throws -> Result {
        try state.withLock { state in
            let isAttached = state.attached.contains(program)
            if !isAttached { try object.attach(program.rawValue) }
            defer { if !isAttached { object.detach(program.rawValue) } }
            return try body()
        }
    }

    private func needed(_ state: State) -> Set<KernelProgram> {
        let deciding = Set(state.policy.union(state.listeners).flatMap(\.programs))
        return deciding.union(state.wantsDigests ? KernelProgram.collecting : []).intersection(available)
    }

    private func attachMissing(_ state: inout State) throws {
        let missing = needed(state).subtracting(state.attached)
        let collecting = Set(KernelProgram.collecting)
        let deciding = missing.subtracting(collecting)
        for program in deciding { try attach(program, &state) }
        guard state.wantsDigests else { return }
        // On one hook the kernel runs the program that was attached last first, and digests are wanted before decisions.
        for program in KernelProgram.collecting where !missing.contains(program) && !deciding.isEmpty {
            detach(program, &state)
        }
        for program in KernelProgram.collecting where !state.attached.contains(program) { try attach(program, &state) }
    }

    private func detachNeedless(_ state: inout State) {
        for program in state.attached.subtracting(needed(state)) { detach(program, &state) }
    }

    private func attach(_ program: KernelProgram, _ state: inout State) throws {
        try attachWhenFree(program)
        if let folder = state.pinFolder {
            do {
                try object.pinLink(program.rawValue, at: "\(folder)/\(program.rawValue)")
            } catch {
                object.detach(program.rawValue)
                throw error
            }
        }
        state.attached.insert(program)
    }

    /// The kernel refuses a program that it hasn't let go of yet (EBUSY, see `detach`): waits, ten seconds at most.
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

    /// Closes the attachment before its pin goes: the last reference then ends in the kernel's own time. The other way
    /// round the call waits for a grace period, hundreds of milliseconds a program on a busy machine.
    private func detach(_ program: KernelProgram, _ state: inout State) {
        object.detach(program.rawValue)
        if let folder = state.pinFolder { unlink("\(folder)/\(program.rawValue)") }
        state.attached.remove(program)
    }
}
