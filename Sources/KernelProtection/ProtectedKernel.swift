// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import Glibc
public import KernelABI
import KernelPrograms
public import LinuxSystem
import Synchronization

/// Why the programs of protection aren't there.
public struct ProtectionFailure: Error, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// The object of protection in the kernel: loaded here, or left pinned by a daemon that ended and gone on with.
///
/// All its maps and attachments are pinned, so that it outlives this process. A process that finds it goes on with the
/// programs that are there: none is loaded, attached or replaced, and there is no moment without them.
///
/// ## Concurrency model
/// Opened, filled and attached on one thread before it is shared. Afterwards maps are changed by system calls, which the
/// kernel orders; finding out a file's key is behind a mutex, as there is one place that the kernel writes it to.
public final class ProtectedKernel: Sendable {
    public static let folder = "/sys/fs/bpf/sallyport/protection"

    private let object: BPFObject
    /// Whether a former daemon's is gone on with.
    public let isAdopted: Bool
    private let identifying = Mutex(())
    /// Descriptors of the attachments that were found, held as long as this process lives: pins aren't all that holds them.
    private let found: [Int32]

    private static var programs: [ProtectionProgram] {
        ProtectionProgram.allCases.filter { $0.recentHook.map(BPFObject.kernelHasHook) ?? true }
    }

    /// Finds what is pinned, or loads it. Nothing is attached yet.
    ///
    /// - Throws: `ProtectionFailure` where what is pinned may not be used, `BPFError` where it can't be loaded.
    public init() throws {
        object = try KernelObject.protection.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "protection")
        }
        let pinned: Bool
        do throws(BPFError) {
            pinned = try object.adoptMap(ProtectionMap.words.rawValue, pinnedAt: Self.pin(.words))
        } catch {
            throw ProtectionFailure(
                "this kernel is protected by a former sallyportd, and doesn't take this process for one (\(error)).\n"
                    + "It does where the same executable is started by root in the machine's own mount namespace, not"
                    + " traced, without a seccomp filter and with the libraries that it had before. Otherwise restart the"
                    + " machine: see docs/SELF_PROTECTION.md")
        }
        isAdopted = pinned
        found =
            pinned
            ? Self.programs.compactMap { BPFObject.pinnedLink(at: "\(Self.folder)/\($0.rawValue)") } : []
        if pinned {
            for map in ProtectionMap.allCases where map != .words {
                _ = try object.adoptMap(map.rawValue, pinnedAt: Self.pin(map))
            }
        }
        for program in ProtectionProgram.allCases {
            try object.setLoads(program.rawValue, !pinned && Self.programs.contains(program))
        }
        try object.load()
        if pinned {
            guard words.pointee.version == SP_PROTECTION_VERSION else {
                throw ProtectionFailure(
                    "this kernel is protected by a sallyportd of another version: start that one, or restart the machine"
                )
            }
        } else {
            words.pointee.version = SP_PROTECTION_VERSION
        }
    }

    /// Whether there is protection in this kernel that a former daemon left, as far as this process can tell.
    public static var isPresent: Bool { FileSystem.exists(folder) }

    // MARK: Words

    /// Shared with the programs; each word has one writer.
    public var words: UnsafeMutablePointer<sp_protection> {
        // It is mapped once, and found afterwards: it can't fail then.
        guard let memory = try? object.memory(of: ProtectionMap.words.rawValue).baseAddress else {
            fatalError("the words of protection can't be mapped")
        }
        return memory.assumingMemoryBound(to: sp_protection.self)
    }

    public var isSealed: Bool { words.pointee.sealed != 0 }

    // MARK: Attaching

    /// Attaches the program that finds out files' keys, alone: it refuses nothing as long as nothing is guarded.
    public func attachIdentifier() throws {
        if !isAdopted { try object.attach(ProtectionProgram.fileOpen.rawValue) }
    }

    /// Attaches all others.
    public func attachAll() throws {
        guard !isAdopted else { return }
        for program in Self.programs where program != .fileOpen { try object.attach(program.rawValue) }
    }

    /// Pins all, the words last: where they aren't, the rest doesn't count.
    public func pinAll() throws {
        guard !isAdopted else { return }
        try FileSystem.makeDirectory(Self.folder, mode: 0o700)
        // What one left that ended while it did this.
        for name in try FileSystem.list(Self.folder) { unlink("\(Self.folder)/\(name)") }
        for program in Self.programs {
            try object.pinLink(program.rawValue, at: "\(Self.folder)/\(program.rawValue)")
        }
        for map in ProtectionMap.allCases where map != .words { try object.pinMap(map.rawValue, at: Self.pin(map)) }
        try object.pinMap(ProtectionMap.words.rawValue, at: Self.pin(.words))
    }

    /// Takes all out of the kernel. Nobody calls it who is sealed.
    public func detach() {
        precondition(!isSealed)
        // The kernel lets go of the programs some seconds later: nothing is guarded from here on.
        let words = self.words
        Self.clear(&words.pointee.inode_filter)
        Self.clear(&words.pointee.tree_filter)
        for map in [ProtectionMap.guardedDevices, .guardedMounts, .guardedBPF, .guardedSysctls, .guardedCgroups] {
            try? object.removeAll(from: map.rawValue)
        }
        Self.clear(&words.pointee.task_filter)
        unlink(Self.pin(.words))
        let pins = (try? FileSystem.list(Self.folder)) ?? []
        // Links last: until then nobody else takes a map away.
        for name in pins where !name.hasPrefix("protect_") { unlink("\(Self.folder)/\(name)") }
        var links = pins.compactMap { BPFObject.pinnedLink(at: "\(Self.folder)/\($0)") } + found
        for name in pins { unlink("\(Self.folder)/\(name)") }
        rmdir(Self.folder)
        for program in Self.programs {
            if let own = object.linkDescriptor(program.rawValue) { links.append(dup(own)) }
            object.detach(program.rawValue)
        }
        let closing = DeferredClose(holding: links)
        for link in links { close(link) }
        closing.end()
    }

    private static func pin(_ map: ProtectionMap) -> String { "\(folder)/\(map.rawValue)" }

    // MARK: Files

    /// What the kernel says of a file that is opened.
    public struct IdentifiedFile: Sendable {
        public var key: GuardKey
        /// The addresses of the mount that it was reached by, and of that one's root.
        public var mount: UInt64
        public var root: UInt64
        /// Whether somebody has it open for writing.
        public var hasWriters: Bool
    }

    /// Opens a file, a directory or a socket for reading and has the kernel tell its key.
    public func identify(_ path: String) throws(Errno) -> IdentifiedFile {
        try identifying.withLock { _ throws(Errno) in
            let words = self.words
            words.pointee.identified_flags = 0
            words.pointee.identify = UInt32(truncatingIfNeeded: SystemThread.currentIdentifier)
            let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            let code = errno
            words.pointee.identify = 0
            if descriptor >= 0 { close(descriptor) }
            // A socket can't be opened, but has been looked at by then.
            guard words.pointee.identified_flags & SP_IDENTIFIED.rawValue != 0 else {
                throw Errno("open \(path)", code: descriptor < 0 ? code : ENOTSUP)
            }
            return IdentifiedFile(
                key: GuardKey(words.pointee.identified), mount: words.pointee.identified_mount,
                root: words.pointee.identified_root,
                hasWriters: words.pointee.identified_flags & SP_IDENTIFIED_WRITERS.rawValue != 0)
        }
    }

    /// Puts a plan in force that takes the place of another one.
    public func install(_ plan: GuardPlan, after former: GuardPlan) throws(BPFError) {
        let (write, remove) = plan.changes(from: former)
        for want in write {
            // The filters first: they only ever get more.
            Self.note(UInt64(want.key.device), in: &words.pointee.device_filter)
            Self.note(want.key.inode, in: &words.pointee.inode_filter)
            if want.flags.contains(.tree) { Self.note(want.key.inode, in: &words.pointee.tree_filter) }
            try store(
                .guarded, want.key.structure,
                sp_guard(owner: want.owner, flags: want.flags.rawValue, entry: want.entry))
        }
        for key in remove { try self.remove(.guarded, key.structure) }
    }

    /// Sets a number's bit in a filter of the kernel's, modulo as many as it has.
    private static func note<Filter>(_ number: UInt64, in filter: inout Filter) {
        withUnsafeMutableBytes(of: &filter) { bytes in
            let bit = Int(number % UInt64(bytes.count * 8))
            bytes.bindMemory(to: UInt64.self)[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    private static func clear<Filter>(_ filter: inout Filter) {
        withUnsafeMutableBytes(of: &filter) { bytes in for index in bytes.indices { bytes[index] = 0 } }
    }

    public func guardDevice(_ device: UInt32, _ flags: UInt32) throws(BPFError) {
        try store(.guardedDevices, device, flags)
    }

    public func guardMount(_ address: UInt64) throws(BPFError) { try store(.guardedMounts, address, UInt32(1)) }

    /// - Parameter name: of a file of `/proc`, at most 31 bytes.
    public func guardSysctl(_ name: String, always: Bool) throws(BPFError) {
        var key = sp_sysctl_key()
        withUnsafeMutableBytes(of: &key.name) { $0.copyBytes(from: name.utf8.prefix(31)) }
        try store(
            .guardedSysctls, key, always ? UInt32(SP_SYSCTL_ALWAYS.rawValue) : UInt32(SP_SYSCTL_SEALED.rawValue))
    }

    // MARK: Tasks and BPF objects

    /// - Parameter number: of a thread, in the initial pid namespace.
    public func guardTask(_ number: Int32, owner: UInt32, flags: UInt32, entry: UInt64) throws(BPFError) {
        let bit = Int(UInt32(bitPattern: number) % SP_TASK_FILTER)
        withUnsafeMutableBytes(of: &words.pointee.task_filter) { bytes in
            let filter = bytes.bindMemory(to: UInt64.self)
            filter[bit / 64] |= 1 << UInt64(bit % 64)
        }
        try store(
            .guardedTasks, UInt32(bitPattern: number), sp_guarded_task(owner: owner, flags: flags, entry: entry))
    }

    public func releaseTask(_ number: Int32) throws(BPFError) {
        try remove(.guardedTasks, UInt32(bitPattern: number))
    }

    /// What a task is guarded as; `nil` where it isn't.
    public func guardedTask(_ number: Int32) -> sp_guarded_task? {
        object.value(in: ProtectionMap.guardedTasks.rawValue, key: UInt32(bitPattern: number))
    }

    /// Guards the cgroup that a process lives in, the last one, and those above.
    public func guardCgroups(_ numbers: [UInt64], owner: UInt32) throws(BPFError) {
        for number in numbers {
            let above: UInt32 = number == numbers.last ? 0 : 1
            let known: sp_guarded_cgroup? = object.value(in: ProtectionMap.guardedCgroups.rawValue, key: number)
            // What is the platform's, or a process's own, stays so: see `climb_step`.
            if let known, above == 1, known.above == 0 || known.owner == SP_OWNER_PLATFORM { continue }
            try store(.guardedCgroups, number, sp_guarded_cgroup(owner: owner, above: above))
        }
    }

    public func guardBPF(_ kind: sp_bpf_kind, _ id: UInt32) throws(BPFError) {
        try store(.guardedBPF, sp_bpf_key(kind: kind.rawValue, id: id), UInt32(1))
    }

    // MARK: Refusals

    public func openRefusals() throws(BPFError) -> any RecordRing {
        try object.openRing(ProtectionMap.refusals.rawValue)
    }

    private func store<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ map: ProtectionMap, _ key: Key, _ value: Value
    ) throws(BPFError) {
        try withUnsafeBytes(of: key) { key throws(BPFError) in
            try withUnsafeBytes(of: value) { value throws(BPFError) in
                try object.store(in: map.rawValue, key: key, value: value)
            }
        }
    }

    private func remove<Key: BitwiseCopyable>(_ map: ProtectionMap, _ key: Key) throws(BPFError) {
        try withUnsafeBytes(of: key) { key throws(BPFError) in try object.remove(from: map.rawValue, key: key) }
    }
}
