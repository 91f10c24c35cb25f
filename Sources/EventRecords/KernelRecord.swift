// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import KernelABI

/// One record of the kernel's, decoded: the fixed part as it is, the fields of variable length by type.
package struct KernelRecord {
    package var fixed: sp_record
    var path: ObservedPath?
    var interpreter: ObservedPath?
    var exe: ObservedPath?
    var workingDirectory: ObservedPath?
    var cgroup: String = ""
    var target: ObservedPath?
    var name: String = ""
    var arguments: [String] = []
    var argumentsTruncated = false
    var losses: sp_losses?
    /// Whose answer or default decided, what that was, and why; empty where a rule decided.
    private(set) var answer: [String] = []

    package enum Failure: Error, Equatable {
        /// Shorter than the part that every version has, or than it says.
        case truncated
        /// Written by programs of another ABI version.
        case version(UInt16)
    }

    /// Decodes the record at the start of `bytes` and returns its length. Fields of unknown type are skipped.
    package init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let size = MemoryLayout<sp_record>.size
        guard bytes.count >= size else { throw .truncated }
        fixed = bytes.loadUnaligned(as: sp_record.self)
        guard fixed.version == UInt16(SP_ABI_VERSION) else { throw .version(fixed.version) }
        let end = Int(fixed.length)
        guard end <= bytes.count, Int(fixed.fixed_length) >= size, Int(fixed.fixed_length) <= end else {
            throw .truncated
        }
        var offset = Int(fixed.fixed_length)
        while offset + MemoryLayout<sp_field>.size <= end {
            let field = bytes.loadUnaligned(fromByteOffset: offset, as: sp_field.self)
            let start = offset + MemoryLayout<sp_field>.size
            let length = Int(field.length)
            guard start + length <= end else { throw .truncated }
            take(field, UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
            offset = start + (length + 7) / 8 * 8
        }
    }

    private mutating func take(_ field: sp_field, _ bytes: UnsafeRawBufferPointer) {
        switch sp_field_type(UInt32(field.type)) {
        case SP_FIELD_PATH: path = Self.path(field, bytes)
        case SP_FIELD_INTERPRETER: interpreter = Self.path(field, bytes)
        case SP_FIELD_EXE: exe = Self.path(field, bytes)
        case SP_FIELD_CWD: workingDirectory = Self.path(field, bytes)
        case SP_FIELD_CGROUP: cgroup = String(decoding: bytes, as: UTF8.self)
        case SP_FIELD_TARGET: target = Self.path(field, bytes)
        case SP_FIELD_NAME: name = String(decoding: bytes, as: UTF8.self)
        case SP_FIELD_ARGV:
            arguments = Self.strings(bytes)
            argumentsTruncated = field.truncated != 0
        case SP_FIELD_ANSWER:
            answer = bytes.split(separator: 0, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        case SP_FIELD_LOSSES:
            if bytes.count >= MemoryLayout<sp_losses>.size { losses = bytes.loadUnaligned(as: sp_losses.self) }
        default: break
        }
    }

    private static func path(_ field: sp_field, _ bytes: UnsafeRawBufferPointer) -> ObservedPath {
        ObservedPath(bytes: Array(bytes), unresolvable: ObservedPath.Unresolvable(rawValue: field.unresolvable))
    }

    private static func strings(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        if parts.last == "" { parts.removeLast() }
        return parts
    }
}

extension KernelRecord {
    /// Whether it is sent for what a reader knows of processes only.
    package var isContext: Bool { UInt32(fixed.flags) & SP_RECORD_CONTEXT.rawValue != 0 }

    /// The place among what a subscriber was sent; in the daemon's own ring among all records.
    var sequence: UInt64 { fixed.subscriber_sequence > 0 ? fixed.subscriber_sequence : fixed.sequence }

    package var operation: Operation? {
        let number = Int(fixed.operation)
        return number < Self.operations.count ? Self.operations[number] : nil
    }

    /// By kernel number: asked several times a record.
    private static let operations = (0..<UInt32(Operation.kernelNumbers)).map { Operation(kernelNumber: $0) }

    var verdict: Verdict {
        switch UInt32(fixed.verdict) {
        case SP_VERDICT_DENY.rawValue: .deny
        case SP_VERDICT_AUDIT.rawValue: .audit
        default: .allow
        }
    }

    var command: String {
        withUnsafeBytes(of: fixed.comm) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    var credentials: Credentials { Credentials(fixed.credentials) }

    /// What belongs to some operations only.
    var details: EventDetails {
        var details = EventDetails()
        // Most records have little of it: what is zero isn't looked up.
        if fixed.access != 0 { details.access = Access.set(kernelNumber: fixed.access) }
        if fixed.way != 0 { details.way = Self.ways[Int(fixed.way), default: ""] }
        // Signal 0 is one too: the record has the number and one.
        if fixed.signal > 0 { details.signal = Signal(number: Int(fixed.signal) - 1) }
        if fixed.mapping != 0 { details.mappings = Set(MappingKind.allCases.filter { fixed.mapping & $0.bit != 0 }) }
        if fixed.area != 0 { details.area = KernelArea(kernelNumber: fixed.area) }
        details.target = target
        details.name = name
        if operation == .processCredentials {
            var next = Credentials(fixed.next)
            next.loginUID = fixed.credentials.loginuid
            details.credentials = next
        }
        return details
    }

    /// `enum sp_way`, in words.
    private static let ways: [Int: String] = [
        Int(SP_WAY_PTRACE.rawValue): "ptrace", Int(SP_WAY_TRACEME.rawValue): "PTRACE_TRACEME",
        Int(SP_WAY_VM_READ.rawValue): "process_vm_readv", Int(SP_WAY_VM_WRITE.rawValue): "process_vm_writev",
        Int(SP_WAY_PROC_MEM.rawValue): "/proc/PID/mem", Int(SP_WAY_PROC.rawValue): "/proc/PID",
        Int(SP_WAY_PIDFD_GETFD.rawValue): "pidfd_getfd", Int(SP_WAY_KCMP.rawValue): "kcmp",
        Int(SP_WAY_OTHER.rawValue): "other", Int(SP_WAY_IO_URING.rawValue): "io_uring",
    ]

    var namespaces: Namespaces {
        var namespaces = Namespaces()
        namespaces.mount = fixed.namespaces.mnt
        namespaces.pid = fixed.namespaces.pid
        namespaces.network = fixed.namespaces.net
        namespaces.user = fixed.namespaces.user
        namespaces.uts = fixed.namespaces.uts
        namespaces.ipc = fixed.namespaces.ipc
        namespaces.cgroup = fixed.namespaces.cgroup
        return namespaces
    }

    /// The file object, if the record has a path.
    var file: FileObject? {
        guard let path else { return nil }
        var file = FileObject(path: path)
        file.identity.device = fixed.file.device
        file.identity.inode = fixed.file.inode
        file.identity.generation = fixed.file.generation
        file.mode = fixed.file.mode
        file.ownerUID = fixed.file.uid
        file.ownerGID = fixed.file.gid
        file.size = fixed.file.size
        file.flags = FileObject.Flags(rawValue: fixed.file.flags)
        return file
    }
}

extension ProcessIdentity {
    package init(_ raw: sp_identity) {
        self.init(pid: Int32(bitPattern: raw.pid), startTime: raw.start_time, execCount: raw.exec_count)
    }
}

extension Credentials {
    init(_ raw: sp_credentials) {
        self.init()
        uid = raw.uid
        gid = raw.gid
        effectiveUID = raw.euid
        effectiveGID = raw.egid
        effectiveCapabilities = raw.cap_effective
        loginUID = raw.loginuid
    }
}
