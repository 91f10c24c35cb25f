// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Dispatch
import Glibc
import Synchronization

/// Programs that are loaded when they are needed first: `load()` has left them out (`setLoads`).
extension BPFObject {
    /// Whether a program is in the kernel, by `load()` or by `load(_:from:)`.
    public func isLoaded(_ program: String) -> Bool { (try? programDescriptor(program)) != nil }

    /// Programs that one thread loads at least: each reads the kernel's types for itself (20 ms).
    private static let leastShare = 8
    private static let mostThreads = 8

    /// Loads programs over the maps and constants of this object, which is loaded; `elf` is what it was made from.
    ///
    /// All of them or none. Those that are loaded already are left as they are. Many are shared out among the processors:
    /// the kernel's verifier takes the programs of a privileged process at once (`bpf_check`). Not to be called by two
    /// threads at once.
    public func load(_ programs: some Sequence<String>, from elf: UnsafeRawBufferPointer) throws(BPFError) {
        let missing = Set(programs.filter { !isLoaded($0) }).sorted()
        guard !missing.isEmpty else { return }
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let threads = max(1, min(processors, Self.mostThreads, missing.count / Self.leastShare))
        LibraryLog.clear()
        let found = Mutex<(descriptors: [String: Int32], failure: BPFError?)>(([:], nil))
        // Read only, and alive until all threads have ended.
        nonisolated(unsafe) let elf = elf
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            let share = Set(stride(from: thread, to: missing.count, by: threads).map { missing[$0] })
            do throws(BPFError) {
                let loaded = try loadBeside(share, elf)
                found.withLock { $0.descriptors.merge(loaded) { _, new in new } }
            } catch {
                found.withLock { $0.failure = $0.failure ?? error }
            }
        }
        let (descriptors, failure) = found.withLock { $0 }
        if let failure {
            for descriptor in descriptors.values { close(descriptor) }
            throw failure
        }
        state.withLock { $0.latePrograms.merge(descriptors) { _, new in new } }
    }

    /// Programs' descriptors, for the caller to close.
    private func loadBeside(
        _ programs: Set<String>, _ elf: UnsafeRawBufferPointer
    ) throws(BPFError) -> [String: Int32] {
        let beside = try Self.open(elf, "sallyport")
        // Programs outlive it by descriptors of our own: libbpf keeps a copy of every program of an object, loaded or not.
        defer { bpf_object__close(beside) }
        try shareMaps(with: beside)
        var program = bpf_object__next_program(beside, nil)
        while let current = program {
            let code = bpf_program__set_autoload(current, programs.contains(Self.name(current)))
            guard code == 0 else { throw BPFError("configure program \(Self.name(current))", code: -code) }
            program = bpf_object__next_program(beside, current)
        }
        try Self.load(beside)
        return try Self.descriptors(of: programs, in: beside)
    }

    private func shareMaps(with other: OpaquePointer) throws(BPFError) {
        var map = bpf_object__next_map(other, nil)
        while let current = map {
            let name = bpf_map__name(current).map { String(cString: $0) } ?? ""
            // A map that this object didn't make (no program needs it, or the kernel lacks its kind) isn't made there either.
            if let descriptor = try? mapDescriptor(name) {
                let code = bpf_map__reuse_fd(current, descriptor)
                guard code == 0 else { throw BPFError("share map \(name)", code: -code, log: LibraryLog.last(4)) }
            }
            map = bpf_object__next_map(other, current)
        }
    }

    private static func descriptors(
        of programs: Set<String>, in object: OpaquePointer
    ) throws(BPFError) -> [String: Int32] {
        var kept: [String: Int32] = [:]
        for name in programs {
            let program = bpf_object__find_program_by_name(object, name)
            let descriptor = program.map { fcntl(bpf_program__fd($0), F_DUPFD_CLOEXEC, 3) } ?? -1
            guard descriptor >= 0 else {
                let code = program == nil ? ENOENT : errno
                for descriptor in kept.values { close(descriptor) }
                throw BPFError("load program \(name)", code: code)
            }
            kept[name] = descriptor
        }
        return kept
    }

    private static func name(_ program: OpaquePointer) -> String {
        bpf_program__name(program).map { String(cString: $0) } ?? ""
    }
}
