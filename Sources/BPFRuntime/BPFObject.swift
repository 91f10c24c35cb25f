// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc
import Synchronization

/// A loaded object of kernel programs, its maps and its attachments.
///
/// A class and not a `~Copyable` value: the descriptors must live until `deinit`, and a consumed value may be destroyed
/// right after its last use.
///
/// ## Concurrency model
/// Configured, loaded and attached on one thread before it is shared. Afterwards only system calls on descriptors that
/// never change are made, which the kernel orders; `links` and `mappings` are guarded by a mutex.
public final class BPFObject: BPFKernel, @unchecked Sendable {
    // @unchecked: `raw` is set once and read only; libbpf's accessors that are used after `load` don't write to it.
    private let raw: OpaquePointer
    private let state = Mutex(State())

    private struct State {
        var links: [String: Link] = [:]
        var mappings: [String: Mapping] = [:]
        var innerTypes: [String: InnerType] = [:]
    }

    /// The type ids of an inner map. A new inner map must have them too: 6.1 compares what it derived from them.
    private struct InnerType: Sendable {
        var key: UInt32
        var value: UInt32
    }

    /// Shared memory with the kernel, unmapped when the object goes; readers and writers use atomic-width accesses.
    private struct Mapping: @unchecked Sendable { var bytes: UnsafeMutableRawBufferPointer }

    /// Owns a `bpf_link`; the pointer is used under the object's mutex only.
    private struct Link: @unchecked Sendable { var raw: OpaquePointer }

    /// Parses an ELF object. Costs under a millisecond; the kernel isn't involved yet.
    public init(elf: UnsafeRawBufferPointer, name: String) throws(BPFError) {
        _ = LibraryLog.install
        LibraryLog.clear()
        var options = bpf_object_open_opts()
        options.sz = MemoryLayout<bpf_object_open_opts>.size
        let opened = name.withCString { name in
            options.object_name = name
            return bpf_object__open_mem(elf.baseAddress, elf.count, &options)
        }
        guard let opened else { throw BPFError("open object \(name)", code: errno, log: LibraryLog.last(8)) }
        raw = opened
    }

    deinit {
        state.withLock { state in
            for mapping in state.mappings.values { munmap(mapping.bytes.baseAddress, mapping.bytes.count) }
            for link in state.links.values { bpf_link__destroy(link.raw) }
        }
        bpf_object__close(raw)
    }

    // MARK: Before loading

    /// Whether a program is loaded by `load()`.
    public func setLoads(_ program: String, _ loads: Bool) throws(BPFError) {
        let code = bpf_program__set_autoload(try self.program(program), loads)
        guard code == 0 else { throw BPFError("configure program \(program)", code: -code) }
    }

    /// Sets the number of entries of a map.
    public func setEntries(of map: String, _ count: UInt32) throws(BPFError) {
        let code = bpf_map__set_max_entries(try self.map(map), count)
        guard code == 0 else { throw BPFError("size map \(map)", code: -code) }
    }

    /// Writes to the constants (`const volatile`) that the programs see.
    public func setConstants(in map: String, _ body: (UnsafeMutableRawBufferPointer) -> Void) throws(BPFError) {
        var size = 0
        guard let value = bpf_map__initial_value(try self.map(map), &size) else {
            throw BPFError("find constants", code: ENOENT)
        }
        body(UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(mutating: value), count: size))
    }

    /// Uses a map that an earlier load pinned instead of making a new one. False when there is none at that path.
    public func adoptMap(_ name: String, pinnedAt path: String) throws(BPFError) -> Bool {
        let descriptor = bpf_obj_get(path)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw BPFError("open pinned map \(path)", code: errno)
        }
        defer { close(descriptor) }
        let code = bpf_map__reuse_fd(try map(name), descriptor)
        guard code == 0 else { throw BPFError("adopt pinned map \(path)", code: -code, log: LibraryLog.last(4)) }
        return true
    }

    /// A word of one value of a pinned array map; `nil` when there is no such map or value, or it is smaller.
    public static func pinnedWord(at path: String, index: UInt32 = 0, offset: Int = 0) -> UInt32? {
        let descriptor = bpf_obj_get(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0, Int(info.value_size) >= offset + 4 else {
            return nil
        }
        var key = index
        var value = [UInt8](repeating: 0, count: Int(info.value_size))
        guard bpf_map_lookup_elem(descriptor, &key, &value) == 0 else { return nil }
        return value.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    /// A 64-bit element of a pinned array map; `nil` when there is no such map or no such element.
    public static func pinnedElement(at path: String, index: UInt32) -> UInt64? {
        let descriptor = bpf_obj_get(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (index, value) = (index, UInt64(0))
        return bpf_map_lookup_elem(descriptor, &index, &value) == 0 ? value : nil
    }

    // MARK: Loading and attaching

    /// Whether the running kernel has an LSM hook of that name that programs can be attached to.
    public static func kernelHasHook(_ name: String) -> Bool {
        libbpf_find_vmlinux_btf_id(name, BPF_LSM_MAC) > 0
    }

    /// Whether the running kernel has a function of that name that programs can call.
    public static func kernelHasFunction(_ name: String) -> Bool {
        libbpf_find_vmlinux_btf_id(name, BPF_TRACE_FENTRY) > 0
    }

    /// Makes the maps and loads the programs. The verifier runs here: 50–150 ms a program under emulation.
    public func load() throws(BPFError) {
        LibraryLog.clear()
        rememberInnerTypes()
        let code = bpf_object__load(raw)
        guard code == 0 else {
            let what = LibraryLog.failedProgram().map { "load program \($0)" } ?? "load programs"
            throw BPFError(what, code: -code, log: LibraryLog.verifierTail(12))
        }
    }

    /// libbpf forgets the definitions of inner maps when it has loaded the object.
    private func rememberInnerTypes() {
        var map = bpf_object__next_map(raw, nil)
        while let current = map {
            if let inner = bpf_map__inner_map(current), let name = bpf_map__name(current) {
                let type = InnerType(key: bpf_map__btf_key_type_id(inner), value: bpf_map__btf_value_type_id(inner))
                let key = String(cString: name)
                state.withLock { $0.innerTypes[key] = type }
            }
            map = bpf_object__next_map(raw, current)
        }
    }

    public func attach(_ name: String) throws(BPFError) {
        LibraryLog.clear()
        guard let link = bpf_program__attach(try program(name)) else {
            throw BPFError("attach program \(name)", code: errno, log: LibraryLog.last(4))
        }
        let box = Link(raw: link)
        state.withLock { $0.links[name] = box }
    }

    /// Detaches; a pinned link stays attached in the kernel.
    public func detach(_ name: String) {
        let link = state.withLock { $0.links.removeValue(forKey: name) }
        if let link { bpf_link__destroy(link.raw) }
    }

    /// The descriptor of a program's attachment; it stays the object's.
    public func linkDescriptor(_ name: String) -> Int32? {
        state.withLock { state in state.links[name].map { bpf_link__fd($0.raw) } }
    }

    /// Opens a pinned attachment, for the caller to close.
    public static func pinnedLink(at path: String) -> Int32? {
        let descriptor = bpf_obj_get(path)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Pins an attachment, so that it outlives this process.
    public func pinLink(_ name: String, at path: String) throws(BPFError) {
        let code = state.withLock { state in state.links[name].map { bpf_link__pin($0.raw, path) } ?? -ENOENT }
        guard code == 0 else { throw BPFError("pin program \(name) at \(path)", code: -code) }
    }

    public func pinMap(_ name: String, at path: String) throws(BPFError) {
        let code = bpf_map__pin(try map(name), path)
        guard code == 0 else { throw BPFError("pin map \(name) at \(path)", code: -code) }
    }

    // MARK: Maps, rings, iterators

    public func replaceInnerMap(
        of outer: String, index: UInt32, valueSize: Int, entries: Int, entriesVary: Bool,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(BPFError) {
        var options = bpf_map_create_opts()
        options.sz = MemoryLayout<bpf_map_create_opts>.size
        options.map_flags = UInt32(BPF_F_MMAPABLE)
        if entriesVary { options.map_flags |= UInt32(BPF_F_INNER_MAP) }
        if let type = state.withLock({ $0.innerTypes[outer] }) {
            options.btf_fd = UInt32(bpf_object__btf_fd(raw))
            options.btf_key_type_id = type.key
            options.btf_value_type_id = type.value
        }
        // The kernel cuts no names, it refuses them: 15 bytes at most.
        let name = "\(outer.prefix(12))_in"
        let inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, UInt32(valueSize), UInt32(entries), &options)
        guard inner >= 0 else { throw BPFError("make inner map of \(outer)", code: errno) }
        defer { close(inner) }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let size = (valueSize + 7) / 8 * 8 * entries
        let length = (size + page - 1) / page * page
        guard let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, inner, 0), start != MAP_FAILED else {
            throw BPFError("map inner map of \(outer)", code: errno)
        }
        fill(UnsafeMutableRawBufferPointer(start: start, count: size))
        munmap(start, length)
        var key = index
        var value = inner
        let code = bpf_map_update_elem(try mapDescriptor(outer), &key, &value, UInt64(BPF_ANY))
        guard code == 0 else { throw BPFError("make inner map of \(outer) current", code: -code) }
    }

    public func memory(of map: String) throws(BPFError) -> UnsafeMutableRawBufferPointer {
        if let known = state.withLock({ $0.mappings[map] }) { return known.bytes }
        let raw = try self.map(map)
        let entry = (Int(bpf_map__value_size(raw)) + 7) / 8 * 8
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let length = (entry * Int(bpf_map__max_entries(raw)) + page - 1) / page * page
        guard
            let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, try mapDescriptor(map), 0),
            start != MAP_FAILED
        else { throw BPFError("map memory of \(map)", code: errno) }
        let mapping = Mapping(bytes: UnsafeMutableRawBufferPointer(start: start, count: length))
        state.withLock { $0.mappings[map] = mapping }
        return mapping.bytes
    }

    public func store(
        in map: String, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) throws(BPFError) {
        let raw = try self.map(map)
        precondition(key.count == Int(bpf_map__key_size(raw)) && value.count == Int(bpf_map__value_size(raw)))
        let code = bpf_map_update_elem(try mapDescriptor(map), key.baseAddress, value.baseAddress, UInt64(BPF_ANY))
        guard code == 0 else { throw BPFError("update map \(map)", code: -code) }
    }

    public func openRing(_ map: String) throws(BPFError) -> any RecordRing {
        try LibraryRing(descriptor: try mapDescriptor(map), name: map)
    }

    public func readIterator(_ name: String) throws(BPFError) -> [UInt8] {
        guard let link = bpf_program__attach_iter(try program(name), nil) else {
            throw BPFError("attach iterator \(name)", code: errno)
        }
        defer { bpf_link__destroy(link) }
        let descriptor = bpf_iter_create(bpf_link__fd(link))
        guard descriptor >= 0 else { throw BPFError("open iterator \(name)", code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw BPFError("read iterator \(name)", code: errno)
            }
            bytes += chunk[..<count]
        }
    }

    // MARK: Inspection and tests

    /// Runs a `SEC("syscall")` program on `context`, which it may change (BPF_PROG_TEST_RUN); returns its value.
    public func run(_ name: String, context: UnsafeMutableRawBufferPointer) throws(BPFError) -> UInt32 {
        var options = bpf_test_run_opts()
        options.sz = MemoryLayout<bpf_test_run_opts>.size
        options.ctx_in = UnsafeRawPointer(context.baseAddress)
        options.ctx_size_in = UInt32(context.count)
        let code = bpf_prog_test_run_opts(bpf_program__fd(try program(name)), &options)
        guard code == 0 else { throw BPFError("run program \(name)", code: -code) }
        return options.retval
    }

    /// Stores one value of an array map.
    public func update(_ map: String, index: UInt32, value: UnsafeRawBufferPointer) throws(BPFError) {
        var key = index
        let code = bpf_map_update_elem(try mapDescriptor(map), &key, value.baseAddress, UInt64(BPF_ANY))
        guard code == 0 else { throw BPFError("update map \(map)", code: -code) }
    }

    /// What the kernel tells about a loaded program.
    public struct ProgramInfo: Hashable, Sendable {
        /// Instructions that the verifier processed (`bpf_prog_info.verified_insns`).
        public var verifiedInstructions: UInt32
        /// Bytes of machine code.
        public var machineCodeBytes: UInt32
        /// Times that the kernel skipped the program because it was running already on that CPU.
        public var recursionMisses: UInt64
    }

    public func info(_ name: String) throws(BPFError) -> ProgramInfo {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        let code = bpf_obj_get_info_by_fd(bpf_program__fd(try program(name)), &info, &length)
        guard code == 0 else { throw BPFError("inspect program \(name)", code: -code) }
        return ProgramInfo(
            verifiedInstructions: info.verified_insns, machineCodeBytes: info.jited_prog_len,
            recursionMisses: info.recursion_misses)
    }

    /// One instruction as the kernel was given it; one that loads 64 bits takes two places.
    public struct Instruction: Hashable, Sendable {
        public var code: UInt8
        /// The source register, or what the immediate value is.
        public var source: UInt8
        public var offset: Int16
        public var immediate: Int32
    }

    /// A loaded program with all that it calls behind it: maps are descriptors.
    public func instructions(of name: String) throws(BPFError) -> [Instruction] {
        let program = try program(name)
        let raw = UnsafeBufferPointer(start: bpf_program__insns(program), count: bpf_program__insn_cnt(program))
        return raw.map {
            Instruction(code: $0.code, source: UInt8($0.src_reg), offset: $0.off, immediate: $0.imm)
        }
    }

    /// The descriptor of a map; it stays the object's.
    public func mapDescriptor(of name: String) throws(BPFError) -> Int32 { try mapDescriptor(name) }

    public func skippedRuns(of program: String) throws(BPFError) -> UInt64 { try info(program).recursionMisses }

    // MARK: Names

    private func program(_ name: String) throws(BPFError) -> OpaquePointer {
        guard let program = bpf_object__find_program_by_name(raw, name) else {
            throw BPFError("find program \(name)", code: ENOENT)
        }
        return program
    }

    private func map(_ name: String) throws(BPFError) -> OpaquePointer {
        guard let map = bpf_object__find_map_by_name(raw, name) else {
            throw BPFError("find map \(name)", code: ENOENT)
        }
        return map
    }

    private func mapDescriptor(_ name: String) throws(BPFError) -> Int32 {
        let descriptor = bpf_map__fd(try map(name))
        guard descriptor >= 0 else { throw BPFError("map \(name) isn't loaded", code: -descriptor) }
        return descriptor
    }
}
