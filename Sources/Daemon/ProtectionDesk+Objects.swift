// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import KernelABI
import KernelProtection
import LinuxSystem
import Sessions

/// What has to be guarded in the kernel for what is protected.
extension ProtectionDesk {
    /// What the platform protects of its own.
    var platformObjects: [ProtectedObject] {
        let executable = OwnProcess(ProcFS.ownPID()).executable ?? ""
        return [
            .executable(Array(executable.utf8), children: false),
            .directory(Array(options.stateDirectory.utf8)),
            .directory(Array(options.runDirectory.utf8)),
            .directory(Array(KernelSession.pinRoot.utf8)),
        ] + options.files.filter(FileSystem.exists).map { .file(Array($0.utf8)) }
            + options.files.flatMap(UnitDropIns.directories).filter(FileSystem.exists).map {
                .directory(Array($0.utf8))
            }
    }

    /// The entries' numbers of the platform's own begin here; vendors' at 1.
    static let platformEntry: UInt64 = 1 << 40

    func wants(
        of entry: ProtectionEntry, process: Int32?, _ state: inout State
    ) throws(PlatformError) -> [GuardPlan.Want] {
        do {
            return try wants(
                of: entry.object, owner: Self.owner(of: entry.vendor), entry: entry.id, process: process,
                writers: &state.writers)
        } catch {
            throw PlatformError(.protectionInvalid, "\(error)")
        }
    }

    /// The object itself, in its ways; what lies above it, by name; of an executable the code that its processes have
    /// mapped.
    func wants(
        of object: ProtectedObject, owner: UInt32, entry: UInt64, process: Int32?, writers: inout Set<String>
    ) throws(Errno) -> [GuardPlan.Want] {
        let path = String(decoding: object.path, as: UTF8.self)
        guard let real = realPath(path) else { throw Errno("find \(path)", code: ENOENT) }
        var wants: [GuardPlan.Want] = []
        let flags: GuardFlags
        switch object {
        case .file: flags = [.content, .name]
        case .directory: flags = [.content, .name, .tree]
        case .executable(_, let children):
            flags = children ? [.content, .name, .executable, .children] : [.content, .name, .executable]
        }
        let file = try identify(real)
        if file.hasWriters, !flags.contains(.tree) { writers.insert(real) }
        wants.append(GuardPlan.Want(file.key, owner: owner, flags: flags, entry: entry))
        for directory in Self.above(real) {
            wants.append(GuardPlan.Want(try identify(directory).key, owner: SP_OWNER_PLATFORM, flags: .name))
        }
        // Under the seal no code is trusted that wasn't before.
        if let process, !kernel.isSealed, try executes(process, file.key) {
            let code = OwnProcess(process).code
            wants += code.subtracting([real]).compactMap { library in
                guard let library = try? identify(library) else { return nil }
                return GuardPlan.Want(library.key, owner: SP_OWNER_PLATFORM, flags: [.content, .library])
            }
        }
        return wants
    }

    /// Has the kernel tell a file's key, and guards the mount and the disk that it lies on.
    func identify(_ path: String) throws(Errno) -> ProtectedKernel.IdentifiedFile {
        let file = try kernel.identify(path)
        do {
            try kernel.guardMount(file.mount)
            try kernel.guardMount(file.root)
            try kernel.guardDevices(below: file.key.device)
        } catch {
            throw Errno("guard the file system of \(path)", code: error.code)
        }
        return file
    }

    func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The directories above a path, the root included.
    static func above(_ path: String) -> [String] {
        var directories: [String] = []
        var parts = path.split(separator: "/").dropLast()
        while !parts.isEmpty {
            directories.append("/" + parts.joined(separator: "/"))
            parts = parts.dropLast()
        }
        return directories + ["/"]
    }

    /// Whether a process executes that very file, and lives where the daemon does: a path in `/proc` alone says neither.
    func executes(_ pid: Int32, _ key: GuardKey) throws(Errno) -> Bool {
        guard let own = ProcFS.mountNamespace(of: "self"), ProcFS.mountNamespace(of: "\(pid)") == own else {
            return false
        }
        return try kernel.identify("/proc/\(pid)/exe").key == key
    }

    /// The process that calls is the owner's from now on, if it runs the executable; others are as they execute it.
    func take(_ pid: Int32, for entry: ProtectionEntry) throws(PlatformError) {
        guard case .executable(let path, let children) = entry.object, !kernel.isSealed,
            let real = realPath(String(decoding: path, as: UTF8.self))
        else { return }
        let owner = Self.owner(of: entry.vendor)
        let flags = SP_GUARDED_ACTS.rawValue | (children ? SP_GUARDED_CHILDREN.rawValue : 0)
        do {
            guard try executes(pid, try kernel.identify(real).key) else { return }
            let process = OwnProcess(pid)
            try process.take(into: kernel, owner: owner, flags: flags, entry: entry.id)
            try kernel.guardCgroups(process.cgroups, owner: owner)
        } catch {
            throw PlatformError(.installFailed, "\(error): the calling process isn't protected")
        }
    }

    /// Its processes are nobody's any more.
    func release(_ entry: ProtectionEntry) {
        let owner = Self.owner(of: entry.vendor)
        for pid in ((try? FileSystem.list("/proc")) ?? []).compactMap({ Int32($0) }) {
            for thread in OwnProcess(pid).threads {
                guard let guarded = kernel.guardedTask(thread), guarded.owner == owner, guarded.entry == entry.id else {
                    continue
                }
                try? kernel.releaseTask(thread)
            }
        }
    }
}
