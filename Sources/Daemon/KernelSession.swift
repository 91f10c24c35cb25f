// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import KernelABI
import KernelPrograms
import LinuxSystem

/// The kernel side of a running daemon: the loaded object, what of it is attached, and its pins.
///
/// At tier `enforce` every deciding program's attachment is pinned below `/sys/fs/bpf/sallyport`: they go on deciding by
/// the last policy when the daemon is killed. A daemon that starts finds them, adopts their maps, attaches its own
/// programs beside them and only then removes theirs, so that there is no moment without enforcement; the control word
/// `instance` says which of the two sets reports, so that nothing is reported twice.
struct KernelSession {
    static let pinRoot = "/sys/fs/bpf/sallyport"
    private static let pinnedMaps: [KernelMap] = [
        .policy, .digests, .events, .counters, .control, .subjects, .programs, .contentDigests,
    ]

    private static let abiVersionOffset = MemoryLayout<sp_control>.offset(of: \sp_control.abi_version)!

    let object: BPFObject
    let hooks: HookSet
    let tier: Tier
    /// Why not a higher tier; empty at `enforce`.
    let reason: String
    /// The secret keys of the programs' hash of paths.
    let hashKeys: (UInt64, UInt64)
    private let instance: UInt64
    /// Whether the maps are those that a former daemon pinned.
    private let adopted: Bool
    /// Held while running: one daemon a machine decides in the kernel.
    private let machineLock: FileLock?

    /// Loads the programs at the highest tier that the kernel offers and `ceiling` allows. Nothing is attached yet.
    static func open(
        ceiling: Tier, gateMounts: [String], ringBytes: UInt32, verified: VerifiedPrograms
    ) throws -> KernelSession {
        let fallback: Tier = gateMounts.isEmpty || ceiling == .observe ? .observe : .gate
        var reason = "limited to tier \(ceiling.rawValue) by --tier"
        if ceiling == .gate, fallback == .observe { reason += ", and no --gate-mount is given" }
        if ceiling == .enforce {
            let modules = ProcFS.securityModules()
            if let modules, !modules.contains("bpf") {
                reason =
                    "the security module `bpf` isn't active (active: \(modules.joined(separator: ","))): boot with"
                    + " lsm=\(modules.joined(separator: ",")),bpf"
            } else {
                do {
                    let session = try load(.enforce, reason: "", ringBytes: ringBytes, verified)
                    if try modules != nil || session.decides() { return session }
                    rmdir(pinRoot)
                    reason =
                        "the kernel doesn't run the deciding programs: the security module `bpf` isn't active (which ones are"
                        + " can't be read: mount securityfs at /sys/kernel/security)"
                } catch let error as BPFError {
                    reason = "the kernel refuses the deciding programs: \(error.description)"
                }
            }
        }
        if let folder = (try? links())?.first {
            throw StartupError(
                "a former sallyportd's programs still decide in this kernel, and at tier \(fallback.rawValue) nobody would"
                    + " read what they report or change what they deny. Not at tier enforce: \(reason).\nStart sallyportd at"
                    + " tier enforce and stop it by SIGTERM, or end their enforcement by: rm -r \(pinRoot)/\(folder)")
        }
        do {
            return try load(fallback, reason: reason, ringBytes: ringBytes, verified)
        } catch let error as BPFError {
            throw StartupError(
                "kernel \(ProcFS.kernelRelease()) doesn't load the programs: \(error.description)\n\(need(error))",
                status: error.code == EPERM ? 3 : 1)
        }
    }

    /// What would have to be different for the programs to load.
    private static func need(_ error: BPFError) -> String {
        if ProcFS.lockdown() == "confidentiality" {
            return
                "The kernel is locked down in mode confidentiality, which forbids BPF programs to read kernel memory: boot"
                + " with lockdown=integrity or none"
        }
        if error.code == EPERM {
            return "Loading them takes CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN in the initial user namespace"
        }
        return "Sallyport needs Linux 6.1 or later with BTF (/sys/kernel/btf/vmlinux) and BPF tracing"
    }

    private static func load(
        _ tier: Tier, reason: String, ringBytes: UInt32, _ verified: VerifiedPrograms
    ) throws -> KernelSession {
        let object = try KernelObject.sallyport.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "sallyport")
        }
        let late = KernelProgram.deciding + KernelProgram.collecting + KernelProgram.gating
        for program in KernelProgram.test + late {
            try object.setLoads(program.rawValue, false)
        }
        let available = late.filter { program in
            tier == .enforce && program.recentHook.map(BPFObject.kernelHasHook) ?? true
        }
        let loadsAll = !verified.areKnown
        let slots = scratchSlots()
        try object.setEntries(of: KernelMap.scratch.rawValue, slots)
        try object.setEntries(of: KernelMap.events.rawValue, ringBytes)
        // Without the BPF file system there is nothing to adopt, and maybe no tier enforce either: load first, complain after.
        let pinnable = tier == .enforce && (mkdir(pinRoot, 0o700) == 0 || errno == EEXIST)
        let lock = pinnable ? try lockMachine() : nil
        let instance = pinnable ? try nextInstance() : 1
        let largest = UInt64(SP_HASH_PRIME) - 1
        let hashKeys = (UInt64.random(in: 1 << 20...largest), UInt64.random(in: 1 << 20...largest))
        let locks = KernelSymbols.addresses(of: ["rename_lock", "mount_lock"])
        try object.setConstants(in: KernelMap.config.rawValue) { constants in
            constants.storeBytes(
                of: sp_config(
                    instance: instance, scratch_mask: slots - 1, pad: 0, hash_key: hashKeys,
                    rename_lock: locks["rename_lock"] ?? 0, mount_lock: locks["mount_lock"] ?? 0),
                as: sp_config.self)
        }
        // Maps of another layout can't be shared: then the former programs keep theirs until they are detached.
        let adopted =
            pinnable
            && BPFObject.pinnedNumber(UInt32.self, at: pin(.control), offset: abiVersionOffset)
                == UInt32(SP_ABI_VERSION)
        if adopted {
            for map in pinnedMaps { _ = try object.adoptMap(map.rawValue, pinnedAt: pin(map)) }
        }
        do {
            try object.load()
            if loadsAll { try load(Set(available), of: object) }
        } catch {
            rmdir(pinRoot)
            throw error
        }
        guard tier != .enforce || pinnable else {
            throw StartupError(
                "can't make \(pinRoot), which keeps the kernel deciding when the daemon dies: mount the BPF file system: mount"
                    + " -t bpf bpf /sys/fs/bpf")
        }
        if tier == .enforce, loadsAll { verified.remember() }
        let hooks = HookSet(object: object, available: Set(available)) { programs in
            do {
                try load(programs, of: object)
            } catch {
                verified.forget()
                throw error
            }
        }
        return KernelSession(
            object: object, hooks: hooks, tier: tier, reason: reason, hashKeys: hashKeys, instance: instance,
            adopted: adopted, machineLock: lock)
    }

    private static func load(_ programs: Set<KernelProgram>, of object: BPFObject) throws {
        let missing = programs.map(\.rawValue).filter { !object.isLoaded($0) }
        guard !missing.isEmpty else { return }
        try KernelObject.sallyport.withBytes { bytes throws(BPFError) in try object.load(missing, from: bytes) }
    }

    /// For root and for all others twice the processors and some, and 64 at least, as a power of two: see `take_scratch`.
    private static func scratchSlots() -> UInt32 {
        var slots: UInt32 = 128
        while Int(slots) < 4 * ProcFS.possibleProcessors() + 16 && slots < 1024 { slots *= 2 }
        return slots
    }

    // MARK: Attaching

    /// Attaches what reports, and takes over; afterwards events flow and, at `enforce`, rules decide. A first generation of
    /// policy must be installed before, and the programs that it needs attached.
    func attach() throws {
        for program in KernelProgram.reporting { try object.attach(program.rawValue) }
        guard tier == .enforce else {
            try takeOver()
            return
        }
        let folder = "\(Self.pinRoot)/links-\(instance)"
        guard mkdir(folder, 0o700) == 0 else { throw Errno("make directory \(folder)") }
        // Only what decides outlives the daemon: reports without a reader would just be counted as lost.
        try hooks.pin(in: folder)
        for map in Self.pinnedMaps where !adopted || !FileSystem.exists(Self.pin(map)) {
            unlink(Self.pin(map))
            try object.pinMap(map.rawValue, at: Self.pin(map))
        }
        try takeOver()
        try Self.removeLinks(exceptInstance: instance)
    }

    /// Takes everything out of the kernel: the orderly end of an unsealed platform.
    func detach() {
        hooks.detachAll()
        for program in KernelProgram.reporting { object.detach(program.rawValue) }
        guard tier == .enforce else { return }
        try? Self.removeLinks(exceptInstance: nil)
        for map in Self.pinnedMaps { unlink(Self.pin(map)) }
        rmdir(Self.pinRoot)
    }

    // MARK: Control words

    /// Which operations are reported when they are allowed: a bit an operation.
    func setNotify(_ operations: UInt64) throws(BPFError) { try runtimeWords().pointee.notify = operations }

    private func notify() throws(BPFError) -> UInt64 { try runtimeWords().pointee.notify }

    private func runtimeWords() throws(BPFError) -> UnsafeMutablePointer<sp_runtime> {
        try object.memory(of: KernelMap.runtime.rawValue).baseAddress!.assumingMemoryBound(to: sp_runtime.self)
    }

    func setGeneration(_ generation: UInt64) throws(BPFError) { try controlWords().pointee.generation = generation }

    /// Makes this load the one that reports.
    private func takeOver() throws(BPFError) {
        let words = try controlWords()
        words.pointee.abi_version = UInt32(SP_ABI_VERSION)
        words.pointee.instance = instance
    }

    /// Every word has one writer and is written alone: `sequence` belongs to the programs, the others to different threads.
    private func controlWords() throws(BPFError) -> UnsafeMutablePointer<sp_control> {
        try object.memory(of: KernelMap.control.rawValue).baseAddress!.assumingMemoryBound(to: sp_control.self)
    }

    func control() throws(BPFError) -> sp_control {
        try object.memory(of: KernelMap.control.rawValue).load(as: sp_control.self)
    }

    /// Whether the kernel runs a deciding program, found out by attaching one for a moment, without any rules.
    private func decides() throws -> Bool {
        try enforcementWorks()
    }

    /// Whether a deciding program really runs: attaching succeeds even where the security module isn't active.
    func enforcementWorks() throws -> Bool { try hooks.withAttached(.imageLoad, imageLoadIsDecided) }

    private func imageLoadIsDecided() throws -> Bool {
        let counters = try object.memory(of: KernelMap.counters.rawValue)
        let index = Int(SP_COUNT_DECIDED.rawValue + SP_OP_IMAGE_LOAD.rawValue) * 8
        let before = counters.load(fromByteOffset: index, as: UInt64.self)
        let notify = try notify()
        try setNotify(notify | 1 << UInt64(SP_OP_IMAGE_LOAD.rawValue))
        defer { try? setNotify(notify) }
        let descriptor = Glibc.open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno("open /proc/self/exe") }
        defer { close(descriptor) }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let mapping = mmap(nil, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0)
        if let mapping, mapping != MAP_FAILED { munmap(mapping, page) }
        return counters.load(fromByteOffset: index, as: UInt64.self) > before
    }

    // MARK: Pins

    private static func pin(_ map: KernelMap) -> String { "\(pinRoot)/\(map.rawValue)" }

    private static func lockMachine() throws -> FileLock {
        do {
            return try FileLock(pinRoot, create: false)
        } catch {
            throw StartupError("another sallyportd decides in this kernel already (\(error)): stop it first")
        }
    }

    private static func links() throws -> [String] {
        try FileSystem.list(pinRoot).filter { $0.hasPrefix("links-") }
    }

    private static func nextInstance() throws -> UInt64 {
        try links().compactMap { UInt64($0.dropFirst("links-".count)) }.max().map { $0 + 1 } ?? 1
    }

    private static func removeLinks(exceptInstance kept: UInt64?) throws {
        for folder in try links() where folder != kept.map({ "links-\($0)" }) {
            let path = "\(pinRoot)/\(folder)"
            let pins = try FileSystem.list(path).map { "\(path)/\($0)" }
            let links = pins.compactMap(BPFObject.pinnedLink)
            let closing = DeferredClose(holding: links)
            for pin in pins { unlink(pin) }
            for link in links { close(link) }
            closing.end()
            rmdir(path)
        }
    }
}
