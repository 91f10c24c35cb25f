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
    let raw: OpaquePointer
    let state = Mutex(State())

    struct State {
        /// Descriptors of attachments, and of programs that were loaded after the object.
        var links: [String: Int32] = [:]
        var latePrograms: [String: Int32] = [:]
        var mappings: [String: Mapping] = [:]
        var innerTypes: [String: InnerType] = [:]
        /// Numbers of maps that were made to lie in others, the last ones: nobody holds a descriptor of them.
        var innerMaps: [UInt32] = []
    }

    /// The type ids of an inner map. A new inner map must have them too: 6.1 compares what it derived from them.
    struct InnerType: Sendable {
        var key: UInt32
        var value: UInt32
    }

    /// Shared memory with the kernel, unmapped when the object goes; readers and writers use atomic-width accesses.
    struct Mapping: @unchecked Sendable { var bytes: UnsafeMutableRawBufferPointer }

    /// Parses an ELF object. Costs under a millisecond; the kernel isn't involved yet.
    public init(elf: UnsafeRawBufferPointer, name: String) throws(BPFError) {
        LibraryLog.clear()
        raw = try Self.open(elf, name)
    }

    static func open(_ elf: UnsafeRawBufferPointer, _ name: String) throws(BPFError) -> OpaquePointer {
        _ = LibraryLog.install
        var options = bpf_object_open_opts()
        options.sz = MemoryLayout<bpf_object_open_opts>.size
        let opened = name.withCString { name in
            options.object_name = name
            return bpf_object__open_mem(elf.baseAddress, elf.count, &options)
        }
        guard let opened else { throw BPFError("open object \(name)", code: errno, log: LibraryLog.last(8)) }
        return opened
    }

    deinit {
        state.withLock { state in
            for mapping in state.mappings.values { munmap(mapping.bytes.baseAddress, mapping.bytes.count) }
            for descriptor in state.links.values { close(descriptor) }
            for descriptor in state.latePrograms.values { close(descriptor) }
        }
        bpf_object__close(raw)
    }

    // MARK: Before loading

    /// Whether a program is loaded by `load()`.
    public func setLoads(_ program: String, _ loads: Bool) throws(BPFError) {
        let code = bpf_program__set_autoload(try self.program(program), loads)
        guard code == 0 else { throw BPFError("configure program \(program)", code: -code) }
    }

    /// Leaves a map out that no program needs which is loaded.
    public func leaveOut(map: String) throws(BPFError) {
        let code = bpf_map__set_autocreate(try self.map(map), false)
        guard code == 0 else { throw BPFError("leave out map \(map)", code: -code) }
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

    /// A number in one value of a pinned array map; `nil` when there is no such map or value, or it is smaller.
    public static func pinnedNumber<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at path: String, index: UInt32 = 0, offset: Int = 0
    ) -> Number? {
        let descriptor = bpf_obj_get(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0,
            Int(info.value_size) >= offset + MemoryLayout<Number>.size
        else { return nil }
        var key = index
        var value = [UInt8](repeating: 0, count: Int(info.value_size))
        guard bpf_map_lookup_elem(descriptor, &key, &value) == 0 else { return nil }
        return value.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
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
        rememberInnerTypes()
        LibraryLog.clear()
        try Self.load(raw)
    }

    static func load(_ object: OpaquePointer) throws(BPFError) {
        let code = bpf_object__load(object)
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

    /// Attaches a program to the hook that it was loaded for: an LSM hook, or a tracepoint with BTF.
    public func attach(_ name: String) throws(BPFError) {
        let link = bpf_raw_tracepoint_open(nil, try programDescriptor(name))
        guard link >= 0 else { throw BPFError("attach program \(name)", code: -link) }
        let former = state.withLock { $0.links.updateValue(link, forKey: name) }
        if let former { close(former) }
    }

    /// Detaches; a pinned link stays attached in the kernel.
    public func detach(_ name: String) {
        let link = state.withLock { $0.links.removeValue(forKey: name) }
        if let link { close(link) }
    }

    /// The descriptor of a program's attachment; it stays the object's.
    public func linkDescriptor(_ name: String) -> Int32? { state.withLock { $0.links[name] } }

    /// Opens a pinned attachment, for the caller to close.
    public static func pinnedLink(at path: String) -> Int32? {
        let descriptor = bpf_obj_get(path)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Pins an attachment, so that it outlives this process.
    public func pinLink(_ name: String, at path: String) throws(BPFError) {
        let code = state.withLock { state in state.links[name].map { bpf_obj_pin($0, path) } ?? -ENOENT }
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
        noteInnerMap(inner)
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

    // MARK: Names

    func program(_ name: String) throws(BPFError) -> OpaquePointer {
        guard let program = bpf_object__find_program_by_name(raw, name) else {
            throw BPFError("find program \(name)", code: ENOENT)
        }
        return program
    }

    /// The descriptor of a loaded program; it stays the object's.
    func programDescriptor(_ name: String) throws(BPFError) -> Int32 {
        if let late = state.withLock({ $0.latePrograms[name] }) { return late }
        let descriptor = bpf_program__fd(try program(name))
        guard descriptor >= 0 else { throw BPFError("program \(name) isn't loaded", code: -descriptor) }
        return descriptor
    }

    func map(_ name: String) throws(BPFError) -> OpaquePointer {
        guard let map = bpf_object__find_map_by_name(raw, name) else {
            throw BPFError("find map \(name)", code: ENOENT)
        }
        return map
    }

    func mapDescriptor(_ name: String) throws(BPFError) -> Int32 {
        let descriptor = bpf_map__fd(try map(name))
        guard descriptor >= 0 else { throw BPFError("map \(name) isn't loaded", code: -descriptor) }
        return descriptor
    }
}
