// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc

/// A BPF program that the kernel has loaded, whosever it is.
public struct BPFProgram: Hashable, Sendable {
    /// The kernel's number; none is used twice before all were used.
    public var id: UInt32
    /// `enum bpf_prog_type`.
    public var type: UInt32
    /// 15 bytes at most, as its loader named it.
    public var name: String
    /// The user who loaded it.
    public var user: UInt32
    /// Where its functions' machine code begins; none where the kernel doesn't tell.
    public var functions: [UInt64]
    /// The types' object, and in it the type of the function, that it was loaded for; 0: none.
    public var targetObject: UInt32
    public var targetType: UInt32

    /// Of a program type, as libbpf calls it.
    public var typeName: String {
        libbpf_bpf_prog_type_str(bpf_prog_type(type)).map { String(cString: $0) } ?? "type \(type)"
    }

    /// Whether it can change what other code does, or see its data: programs on functions, hooks and probes, and those that are
    /// part of the kernel or of other programs.
    public var canChangeControl: Bool { Self.changing.contains(type) }

    private static let changing: Set<UInt32> = [
        BPF_PROG_TYPE_KPROBE.rawValue, BPF_PROG_TYPE_TRACEPOINT.rawValue, BPF_PROG_TYPE_PERF_EVENT.rawValue,
        BPF_PROG_TYPE_RAW_TRACEPOINT.rawValue, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE.rawValue,
        BPF_PROG_TYPE_TRACING.rawValue, BPF_PROG_TYPE_STRUCT_OPS.rawValue, BPF_PROG_TYPE_EXT.rawValue,
        BPF_PROG_TYPE_LSM.rawValue,
    ]
}

/// What attaches a program.
public struct BPFLink: Hashable, Sendable {
    public var id: UInt32
    public var program: UInt32
    /// Of a program on a function: the types' object, and in it the function's type; 0 otherwise.
    public var targetObject: UInt32
    public var targetType: UInt32
}

/// All BPF programs and links of the kernel at one moment, as it counts them up.
public struct BPFListing: Sendable {
    public var programs: [BPFProgram]
    public var links: [BPFLink]

    /// The most of each that are listed.
    public static let limit = 100_000

    /// Costs some 10 µs each. What goes while it is read isn't in it.
    ///
    /// - Throws: where the caller may not list them: it takes CAP_SYS_ADMIN.
    public static func read() throws(BPFError) -> BPFListing {
        BPFListing(
            programs: try all("list BPF programs", bpf_prog_get_next_id, bpf_prog_get_fd_by_id, program),
            links: try all("list BPF links", bpf_link_get_next_id, bpf_link_get_fd_by_id, link))
    }

    /// The number of the kernel's own types, to which ``BPFProgram/targetType`` mostly belongs.
    public static func kernelTypes() -> UInt32? {
        let found = try? all("list types", bpf_btf_get_next_id, bpf_btf_get_fd_by_id) { descriptor -> UInt32? in
            var name = [CChar](repeating: 0, count: 16)
            return name.withUnsafeMutableBufferPointer { name in
                var info = bpf_btf_info()
                info.name = UInt64(UInt(bitPattern: name.baseAddress))
                info.name_len = UInt32(name.count)
                var length = UInt32(MemoryLayout<bpf_btf_info>.size)
                guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0, info.kernel_btf != 0,
                    strcmp(name.baseAddress!, "vmlinux") == 0
                else { return nil }
                return info.id
            }
        }
        return found?.first
    }

    private static func all<Value>(
        _ what: String, _ next: (UInt32, UnsafeMutablePointer<UInt32>?) -> Int32, _ open: (UInt32) -> Int32,
        _ read: (Int32) -> Value?
    ) throws(BPFError) -> [Value] {
        var values: [Value] = []
        var id: UInt32 = 0
        for _ in 0..<limit {
            var following: UInt32 = 0
            let code = next(id, &following)
            if code == -ENOENT { break }
            guard code == 0 else { throw BPFError(what, code: -code) }
            id = following
            let descriptor = open(id)
            // It has just gone.
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if let value = read(descriptor) { values.append(value) }
        }
        return values
    }

    private static func program(_ descriptor: Int32) -> BPFProgram? {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else { return nil }
        var functions = [UInt64](repeating: 0, count: Int(info.nr_jited_ksyms))
        if !functions.isEmpty {
            functions.withUnsafeMutableBufferPointer { functions in
                var places = bpf_prog_info()
                places.nr_jited_ksyms = UInt32(functions.count)
                places.jited_ksyms = UInt64(UInt(bitPattern: functions.baseAddress))
                var length = UInt32(MemoryLayout<bpf_prog_info>.size)
                _ = bpf_obj_get_info_by_fd(descriptor, &places, &length)
            }
        }
        let name = withUnsafeBytes(of: &info.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return BPFProgram(
            id: info.id, type: info.type, name: name, user: info.created_by_uid,
            functions: functions.filter { $0 != 0 }, targetObject: info.attach_btf_obj_id,
            targetType: info.attach_btf_id)
    }

    private static func link(_ descriptor: Int32) -> BPFLink? {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else { return nil }
        let isTracing = info.type == BPF_LINK_TYPE_TRACING.rawValue
        return BPFLink(
            id: info.id, program: info.prog_id, targetObject: isTracing ? info.tracing.target_obj_id : 0,
            targetType: isTracing ? info.tracing.target_btf_id : 0)
    }
}
