// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import KernelABI
import KernelProtection
import LinuxSystem
import Logging
import Synchronization

/// Coming into force.
extension ProtectionDesk {
    /// Finds what a former daemon left, or loads the programs; nothing of it decides yet.
    ///
    /// - Throws: `StartupError` where this process may not go on with what is there.
    static func openKernel(options: Options) throws -> ProtectedKernel {
        let kernel: ProtectedKernel
        do {
            kernel = try ProtectedKernel()
        } catch let failure as ProtectionFailure {
            throw StartupError(failure.description, status: 3)
        }
        guard kernel.isSealed else { return kernel }
        let store = ProtectionStore(stateDirectory: options.stateDirectory)
        let sealedState = kernel.words.pointee.state
        let state = try? kernel.identify(options.stateDirectory).key
        guard let state, state.inode == sealedState.inode, state.device == sealedState.device,
            let sealed = store.sealedOptions(boot: ProcFS.bootID())
        else {
            throw StartupError(
                "the platform is sealed with another state directory than \(options.stateDirectory): start it with the one"
                    + " it was sealed with, or restart the machine")
        }
        guard sealed == options.description else {
            throw StartupError(
                "the platform is sealed, with other options than these: start it with\n\(sealed)\nand not with\n"
                    + "\(options.description)\nor restart the machine")
        }
        return kernel
    }

    /// Guards the platform and what vendors have protected, and lets the programs decide.
    func start(beside session: KernelSession) throws {
        try kernel.attachIdentifier()
        let stored = try store.load()
        UnitDropIns.make(for: options.files)
        try state.withLock { state in
            var writers: Set<String> = []
            var own: [GuardPlan.Want] = []
            for (index, object) in platformObjects.enumerated() {
                own += try wants(
                    of: object, owner: SP_OWNER_PLATFORM, entry: Self.platformEntry + UInt64(index),
                    process: ProcFS.ownPID(), writers: &writers)
            }
            own +=
                special(options.cgroupManagers, [.content, .manager])
                + special([options.shutdownProgram], [.content, .shutdown])
                + special(options.isolationAllowed, [.content])
            state.wants[Self.platformEntry] = own
            for entry in stored {
                do {
                    state.wants[entry.id] = try wants(
                        of: entry.object, owner: Self.owner(of: entry.vendor), entry: entry.id, process: nil,
                        writers: &writers)
                } catch {
                    logger.error(
                        "what a vendor has protected isn't there: it is protected again when its agent says so",
                        metadata: ["vendor": "\(entry.vendor)", "reason": "\(error)"])
                    continue
                }
                state.entries.append(entry)
                state.nextID = max(state.nextID, entry.id + 1)
            }
            state.writers = writers
            state.plan = GuardPlan(state.wants.sorted { $0.key < $1.key }.flatMap(\.value))
            try kernel.install(state.plan, after: GuardPlan([]))
        }
        for name in Self.alwaysRefused { try kernel.guardSysctl(name, always: true) }
        for name in Self.refusedSealed { try kernel.guardSysctl(name, always: false) }
        let own = OwnProcess(ProcFS.ownPID())
        try own.take(
            into: kernel, owner: SP_OWNER_PLATFORM, flags: SP_GUARDED_ACTS.rawValue, entry: Self.platformEntry)
        try kernel.guardCgroups(own.cgroups, owner: SP_OWNER_PLATFORM)
        // Whoever could trace process 1 could have it say that the machine goes down.
        try kernel.guardTask(
            1, owner: SP_OWNER_PLATFORM, flags: SP_GUARDED_TRACE.rawValue, entry: Self.platformEntry)
        try kernel.attachAll()
        // There is no hook that sees attachments.
        session.hooks.onAttach { [kernel] descriptor in
            if let number = BPFObject.linkNumber(of: descriptor) { try? kernel.guardBPF(SP_BPF_LINK, number) }
        }
        try OwnProcess.takeBPFObjects(into: kernel)
        for number in session.object.innerMapNumbers { try kernel.guardBPF(SP_BPF_MAP, number) }
        try kernel.pinAll()
    }

    private func special(_ paths: [String], _ flags: GuardFlags) -> [GuardPlan.Want] {
        paths.compactMap { path in
            guard let real = realPath(path), let file = try? identify(real) else { return nil }
            return GuardPlan.Want(file.key, owner: SP_OWNER_PLATFORM, flags: flags)
        }
    }

    /// Turns ftrace off, by which the kernel's code reaches BPF programs.
    private static let alwaysRefused = ["ftrace_enabled"]
    /// Would have the kernel start a program for somebody, end processes, or starve the daemon.
    private static let refusedSealed = [
        "sysrq-trigger", "sysrq", "ns_last_pid", "modprobe", "core_pattern", "poweroff_cmd", "hotplug",
        "usermodehelper",
        "sched_rt_runtime_us",
        "sched_rt_period_us", "pid_max", "threads-max", "file-max", "nr_open", "modules_disabled",
        "kexec_load_disabled", "panic_on_oom", "oom_kill_allocating_task", "overcommit_memory", "cap-bound",
    ]
}
