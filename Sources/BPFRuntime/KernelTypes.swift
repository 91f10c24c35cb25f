// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc
import Synchronization

/// The running kernel's types by its BTF (`/sys/kernel/btf/vmlinux`): where fields lie, how large things are.
///
/// ## Concurrency model
/// Loaded by `init` and only read afterwards; what was found once is kept, behind a mutex.
public final class KernelTypes: @unchecked Sendable {
    // @unchecked: never changed after `init`; libbpf's lookups don't write.
    private let raw: OpaquePointer
    /// By path: libbpf looks a name up among all types, one after another, which takes some ms.
    private let known = Mutex<[String: Place?]>([:])
    private let knownFields = Mutex<[String: [Field]]>([:])

    private struct Place {
        var offset: Int
        var size: Int
    }

    /// Costs some 20 ms.
    public init() throws(BPFError) {
        guard let raw = btf__load_vmlinux_btf() else { throw BPFError("read the kernel's types", code: errno) }
        self.raw = raw
    }

    deinit { btf__free(raw) }

    /// Where a field lies in a structure, in bytes: `task_struct.tasks`, `module.mem[1].base`. Fields of unions and structures
    /// without a name are found by their own. `nil` where there is none, or it is part of a byte.
    public func offset(of path: String) -> Int? { place(of: path)?.offset }

    /// How large a field, or a type of that name, is in bytes.
    public func size(of path: String) -> Int? { place(of: path)?.size }

    /// A constant of an enumeration, by its own name.
    public func value(of constant: String, in enumeration: String) -> Int? {
        let id = btf__find_by_name_kind(raw, enumeration, UInt32(BTF_KIND_ENUM))
        guard id > 0, let type = btf__type_by_id(raw, UInt32(id)) else { return nil }
        let values = UnsafeRawPointer(type + 1).assumingMemoryBound(to: btf_enum.self)
        for index in 0..<Int(type.pointee.info & 0xffff) where name(values[index].name_off) == constant {
            return Int(values[index].val)
        }
        return nil
    }

    /// A field of a structure.
    public struct Field: Hashable, Sendable {
        public var name: String
        public var offset: Int
        public var size: Int
        /// Whether it is a pointer to a function.
        public var isFunction: Bool
    }

    /// The fields of a structure or union in their order, those of parts without a name among them; bit fields aside.
    public func fields(of type: String) -> [Field] {
        if let fields = knownFields.withLock({ $0[type] }) { return fields }
        let fields = find(fieldsOf: type)
        knownFields.withLock { $0[type] = fields }
        return fields
    }

    private func find(fieldsOf type: String) -> [Field] {
        var id = btf__find_by_name_kind(raw, type, UInt32(BTF_KIND_STRUCT))
        if id <= 0 { id = btf__find_by_name_kind(raw, type, UInt32(BTF_KIND_UNION)) }
        return id > 0 ? fields(in: UInt32(id), at: 0) : []
    }

    private func fields(in type: UInt32, at base: Int) -> [Field] {
        guard let structure = btf__type_by_id(raw, resolved(type)),
            kind(structure) == BTF_KIND_STRUCT || kind(structure) == BTF_KIND_UNION
        else { return [] }
        let hasBits = structure.pointee.info >> 31 != 0
        let members = UnsafeRawPointer(structure + 1).assumingMemoryBound(to: btf_member.self)
        return (0..<Int(structure.pointee.info & 0xffff)).flatMap { index -> [Field] in
            let member = members[index]
            let isBits = hasBits && (member.offset >> 24 != 0 || member.offset % 8 != 0)
            guard !isBits else { return [] }
            let offset = base + Int((hasBits ? member.offset & 0xff_ffff : member.offset) / 8)
            let name = name(member.name_off)
            if name.isEmpty { return fields(in: member.type, at: offset) }
            let size = max(0, Int(btf__resolve_size(raw, member.type)))
            return [Field(name: name, offset: offset, size: size, isFunction: isFunctionPointer(member.type))]
        }
    }

    private func isFunctionPointer(_ type: UInt32) -> Bool {
        guard let pointer = btf__type_by_id(raw, resolved(type)), kind(pointer) == BTF_KIND_PTR,
            let target = btf__type_by_id(raw, resolved(pointer.pointee.type))
        else { return false }
        return kind(target) == BTF_KIND_FUNC_PROTO
    }

    private func place(of path: String) -> Place? {
        if let place = known.withLock({ $0[path] }) { return place }
        let place = find(path)
        known.withLock { $0[path] = .some(place) }
        return place
    }

    private func find(_ path: String) -> Place? {
        var words = path.split(separator: ".")[...]
        guard let first = words.popFirst() else { return nil }
        var id = btf__find_by_name_kind(raw, String(first), UInt32(BTF_KIND_STRUCT))
        if id <= 0 { id = btf__find_by_name_kind(raw, String(first), UInt32(BTF_KIND_UNION)) }
        if id <= 0 { id = btf__find_by_name_kind(raw, String(first), UInt32(BTF_KIND_TYPEDEF)) }
        guard id > 0 else { return nil }
        var type = UInt32(id)
        var offset = 0
        for word in words {
            var name = String(word)
            var index: Int?
            if let bracket = name.firstIndex(of: "[") {
                index = Int(name[name.index(after: bracket)...].dropLast())
                name = String(name[..<bracket])
            }
            guard let field = field(name, in: type) else { return nil }
            offset += field.offset
            type = field.type
            if let index {
                guard let element = element(of: type) else { return nil }
                offset += index * Int(btf__resolve_size(raw, element))
                type = element
            }
        }
        let size = btf__resolve_size(raw, type)
        return Place(offset: offset, size: max(0, Int(size)))
    }

    private func resolved(_ type: UInt32) -> UInt32 {
        let id = btf__resolve_type(raw, type)
        return id > 0 ? UInt32(id) : type
    }

    private func element(of type: UInt32) -> UInt32? {
        guard let array = btf__type_by_id(raw, resolved(type)), kind(array) == BTF_KIND_ARRAY else { return nil }
        return UnsafeRawPointer(array + 1).assumingMemoryBound(to: btf_array.self).pointee.type
    }

    private func field(_ name: String, in type: UInt32) -> (offset: Int, type: UInt32)? {
        guard let structure = btf__type_by_id(raw, resolved(type)),
            kind(structure) == BTF_KIND_STRUCT || kind(structure) == BTF_KIND_UNION
        else { return nil }
        let hasBits = structure.pointee.info >> 31 != 0
        let members = UnsafeRawPointer(structure + 1).assumingMemoryBound(to: btf_member.self)
        for index in 0..<Int(structure.pointee.info & 0xffff) {
            let member = members[index]
            let bits = hasBits ? member.offset & 0xff_ffff : member.offset
            let own = self.name(member.name_off)
            if own == name { return bits % 8 == 0 ? (Int(bits / 8), member.type) : nil }
            if own.isEmpty, let inner = field(name, in: member.type) {
                return (Int(bits / 8) + inner.offset, inner.type)
            }
        }
        return nil
    }

    /// `BTF_KIND_FUNC`, which has two definitions.
    private static let functionKind = 12

    /// The number of a function's type, by which BPF programs are attached to it.
    public func number(ofFunction name: String) -> UInt32? {
        let id = btf__find_by_name_kind(raw, name, UInt32(Self.functionKind))
        return id > 0 ? UInt32(id) : nil
    }

    /// The name of a type by its number, as BPF's programs and links tell what they are attached to.
    public func name(ofType number: UInt32) -> String? {
        guard let type = btf__type_by_id(raw, number) else { return nil }
        let name = name(type.pointee.name_off)
        return name.isEmpty ? nil : name
    }

    private func kind(_ type: UnsafePointer<btf_type>) -> Int32 { Int32(type.pointee.info >> 24 & 0x1f) }

    private func name(_ offset: UInt32) -> String { btf__name_by_offset(raw, offset).map { String(cString: $0) } ?? "" }
}
