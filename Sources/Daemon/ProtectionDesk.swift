// SPDX-License-Identifier: Apache-2.0

import ContentDigests
import EndpointModel
import Glibc
import KernelABI
import KernelProtection
import LinuxSystem
import Logging
import Sensor
import Sessions
import Subscribers
import Synchronization

/// What is protected on this machine: the platform itself, what vendors have asked for, and the seal.
///
/// ## Concurrency model
/// Changes are made one after another under a mutex, by system calls that don't wait for anybody; the kernel decides by
/// its own maps. One thread reads what was refused (`run`).
final class ProtectionDesk: ProtectionPlatform, Sendable {
    /// The name under which the platform's own protections are listed.
    static let platformName = "sallyport"
    /// Protections that one vendor can have.
    static let maxProtections = 256

    struct Options: Sendable {
        var stateDirectory: String
        var runDirectory: String
        /// Further files of the platform's: its unit, its configuration.
        var files: [String]
        /// What process 1 executes to end the machine.
        var shutdownProgram: String
        /// What may be executed while the machine is isolated: nobody writes to it.
        var isolationAllowed: [String]
        /// Executables that may move processes between cgroups under the seal.
        var cgroupManagers: [String]
        /// What a daemon that goes on under the seal must have been started with, too.
        var description: String
    }

    struct State {
        var entries: [ProtectionEntry] = []
        /// What each of them, and the platform (0), wants guarded.
        var wants: [UInt64: [GuardPlan.Want]] = [:]
        var plan = GuardPlan([])
        var nextID: UInt64 = 1
        var refused: [UInt64: UInt64] = [:]
        /// Paths that somebody had open for writing when they were protected.
        var writers: Set<String> = []
    }

    let kernel: ProtectedKernel
    let options: Options
    let store: ProtectionStore
    let registered: @Sendable (String) -> [Digest]
    let generation: @Sendable () async -> UInt64
    /// What else is worth saying when the platform is sealed.
    let sealNotes: @Sendable () -> [String]
    let logger: Logger
    let state = Mutex(State())
    let stopping = Atomic(false)
    private let startedAt = Clock.wall()
    /// The cgroup that the daemon belongs in, as a directory.
    let home: String?

    init(
        kernel: ProtectedKernel, options: Options, logger: Logger,
        registered: @escaping @Sendable (String) -> [Digest], generation: @escaping @Sendable () async -> UInt64,
        sealNotes: @escaping @Sendable () -> [String]
    ) {
        self.kernel = kernel
        self.options = options
        self.logger = logger
        self.registered = registered
        self.generation = generation
        self.sealNotes = sealNotes
        store = ProtectionStore(stateDirectory: options.stateDirectory)
        home = (try? FileSystem.readText("/proc/self/cgroup"))?.split(separator: "\n")
            .first { $0.hasPrefix("0::") }.map { "/sys/fs/cgroup" + $0.dropFirst(3) }
    }

    /// A vendor's number in the kernel: the same in every daemon, as a restarted one finds it there.
    static func owner(of vendor: String) -> UInt32 {
        vendor.utf8.reduce(UInt32(0x811c_9dc5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 } | 0x8000_0000
    }

    var isSealed: Bool { kernel.isSealed }

    // MARK: ProtectionPlatform

    func protectionGeneration() async -> UInt64 { await generation() }

    func protections() async -> [ProtectionEntry] {
        state.withLock { state in
            platformObjects.enumerated().map { index, object in
                ProtectionEntry(
                    id: 0, vendor: Self.platformName, object: object, since: startedAt, isSealed: kernel.isSealed,
                    refused: state.refused[Self.platformEntry + UInt64(index)] ?? 0)
            }
                + state.entries.map { entry in
                    var entry = entry
                    entry.isSealed = kernel.isSealed
                    entry.refused = state.refused[entry.id] ?? 0
                    return entry
                }
        }
    }

    func protect(
        _ objects: [ProtectedObject], for caller: Caller
    ) async throws(PlatformError) -> [ProtectionEntry] {
        let vendor = caller.identity.name
        return try state.withLock { state throws(PlatformError) in
            var next = state
            var answer: [ProtectionEntry] = []
            for object in objects {
                if let present = next.entries.first(where: { $0.vendor == vendor && $0.object == object }) {
                    answer.append(present)
                    // An executable or its libraries may be other files by now.
                    if !kernel.isSealed {
                        next.wants[present.id] = try wants(of: present, process: caller.peer.pid, &next)
                    }
                    continue
                }
                let entry = ProtectionEntry(id: next.nextID, vendor: vendor, object: object, since: Clock.wall())
                next.nextID += 1
                try check(entry, caller.peer.pid, next)
                next.wants[entry.id] = try wants(of: entry, process: caller.peer.pid, &next)
                next.entries.append(entry)
                answer.append(entry)
            }
            guard next.entries.lazy.filter({ $0.vendor == vendor }).count <= Self.maxProtections else {
                throw PlatformError(
                    .protectionInvalid,
                    "'\(vendor)' would have more than \(Self.maxProtections) protections (limit protections): protect a"
                        + " directory instead of what lies in it")
            }
            try put(next, &state)
            for entry in answer { try take(caller.peer.pid, for: entry) }
            return answer
        }
    }

    func unprotect(_ ids: [UInt64], by caller: CallerIdentity) async throws(PlatformError) {
        try state.withLock { state throws(PlatformError) in
            try refuseSealed()
            var next = state
            for id in ids {
                let entry = next.entries.first { $0.id == id && (caller == .site || $0.vendor == caller.name) }
                guard let entry else {
                    throw PlatformError(
                        .protectionNotFound, "there is no protection \(id) of yours; list them to see which there are")
                }
                next.entries.removeAll { $0.id == entry.id }
                next.wants[entry.id] = nil
                if case .executable = entry.object { release(entry) }
            }
            try put(next, &state)
        }
    }

    func seal(leavingOpen allowances: Set<SealAllowance>) async throws(PlatformError) -> [String] {
        try state.withLock { state throws(PlatformError) in
            guard !kernel.isSealed else { return ["the platform is sealed already, and stays as it was sealed"] }
            do {
                // First what a daemon goes on by: a seal that none can go on under would be worse than none.
                try store.noteSeal(boot: ProcFS.bootID(), options: options.description)
                let key = try kernel.identify(options.stateDirectory).key
                kernel.words.pointee.state = sp_guard_key(
                    inode: key.inode, device: key.device, generation: key.generation)
            } catch {
                throw PlatformError(.storageFailed, "the seal couldn't be noted (\(error)): nothing is sealed")
            }
            kernel.words.pointee.sealed_allow = allowances.reduce(0) { $0 | $1.bit }
            kernel.words.pointee.sealed = 1
            logger.notice(
                "platform is sealed until the machine is started again",
                metadata: ["leaves-open": "\(allowances.map(\.rawValue).sorted().joined(separator: " "))"])
            return notes(state) + sealNotes()
        }
    }

    private func notes(_ state: State) -> [String] {
        state.writers.sorted().map {
            "\($0) was open for writing when it was protected: who had it open can still write"
        }
    }

    func refuseSealed() throws(PlatformError) {
        guard !kernel.isSealed else {
            throw PlatformError(
                .sealed, "the platform is sealed: this can't be changed before the machine is started again without it")
        }
    }

    // MARK: Changes

    /// The kernel first, then the disk; what can't be stored is taken back.
    private func put(_ next: State, _ state: inout State) throws(PlatformError) {
        var next = next
        next.plan = GuardPlan(next.wants.sorted { $0.key < $1.key }.flatMap(\.value))
        do {
            try kernel.install(next.plan, after: state.plan)
        } catch {
            try? kernel.install(state.plan, after: next.plan)
            throw PlatformError(.installFailed, "\(error): protections are unchanged")
        }
        do {
            try store.save(next.entries)
        } catch {
            try? kernel.install(state.plan, after: next.plan)
            throw PlatformError(
                .storageFailed, "protections couldn't be stored (\(error)): make room and try again; they are unchanged"
            )
        }
        state = next
    }

    /// Whether a vendor may call that its own.
    private func check(_ entry: ProtectionEntry, _ pid: Int32, _ state: State) throws(PlatformError) {
        let path = String(decoding: entry.object.path, as: UTF8.self)
        guard let real = realPath(path) else {
            throw PlatformError(.protectionInvalid, "there is nothing at \(path): create it before it is protected")
        }
        var status = stat()
        _ = stat(real, &status)
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        switch entry.object {
        case .directory:
            guard isDirectory else { throw invalid("\(path) is no directory: protect it as a file") }
            guard !SharedDirectories.contains(real) else {
                throw invalid("\(real) is used by others, too: protect a directory of your own in it")
            }
        case .file:
            guard !isDirectory else { throw invalid("\(path) is a directory: protect it as one") }
        case .executable:
            guard !isDirectory, status.st_mode & 0o111 != 0 else { throw invalid("\(path) is no executable") }
            try refuseSealed()
            try checkRegistered(real, entry.vendor, pid)
        }
        let others = state.entries.first {
            $0.vendor != entry.vendor && overlaps(real, $0.object.path)
        }
        if let others { throw invalid("\(path) is protected for '\(others.vendor)' already") }
        if platformObjects.contains(where: { overlaps(real, $0.path) }) {
            throw invalid("\(path) is the platform's own")
        }
    }

    /// One lies in the other, or is it.
    private func overlaps(_ real: String, _ other: [UInt8]) -> Bool {
        let other = realPath(String(decoding: other, as: UTF8.self)) ?? String(decoding: other, as: UTF8.self)
        return real == other || real.hasPrefix(other + "/") || other.hasPrefix(real + "/")
    }

    private func invalid(_ message: String) -> PlatformError { PlatformError(.protectionInvalid, message) }

    /// An executable is a vendor's if its process calls, or if its digest is registered.
    private func checkRegistered(_ path: String, _ vendor: String, _ pid: Int32) throws(PlatformError) {
        if let own = OwnProcess(pid).executable, own == path { return }
        let digests = registered(vendor)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        if descriptor >= 0, let digest = FileDigest.of(descriptor, sizeLimit: ExecutableDigest.sizeLimit),
            digests.contains(where: { $0.bytes == digest })
        {
            return
        }
        throw invalid(
            "\(path) isn't what the calling process runs, and its digest isn't registered for '\(vendor)': register it by"
                + " sallyport vendor enroll --executable")
    }
}

extension SealAllowance {
    var bit: UInt32 {
        switch self {
        case .modules: SP_SEALED_ALLOW_MODULES.rawValue
        case .tracing: SP_SEALED_ALLOW_TRACING.rawValue
        case .hardware: SP_SEALED_ALLOW_HARDWARE.rawValue
        case .kexec: SP_SEALED_ALLOW_KEXEC.rawValue
        }
    }
}

/// Directories that nobody can call their own: everybody's programs, state and sockets lie there.
enum SharedDirectories {
    private static let paths: Set<String> = [
        "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local", "/usr/local/bin",
        "/usr/local/sbin", "/usr/local/lib", "/etc/systemd", "/etc/systemd/system", "/usr/lib/systemd",
        "/usr/lib/systemd/system", "/var/lib", "/var/log", "/var/run", "/var/cache", "/var/spool", "/var/tmp",
        "/run/systemd", "/run/lock", "/dev/shm", "/sys/fs/cgroup", "/sys/fs/bpf", "/run/user",
    ]

    static func contains(_ path: String) -> Bool {
        paths.contains(path) || path.split(separator: "/").count < 2 || path.hasPrefix("/proc/")
    }
}
