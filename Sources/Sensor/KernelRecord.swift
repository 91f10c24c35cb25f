// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelABI

/// One record of the kernel's, decoded: the fixed part as it is, the fields of variable length by type.
struct KernelRecord {
    var fixed: sp_record
    var path: ObservedPath?
    var interpreter: ObservedPath?
    var exe: ObservedPath?
    var workingDirectory: ObservedPath?
    var cgroup: String = ""
    var arguments: [String] = []
    var argumentsTruncated = false

    enum Failure: Error, Equatable {
        /// Shorter than the part that every version has, or than it says.
        case truncated
        /// Written by programs of another ABI version.
        case version(UInt16)
    }

    /// Decodes the record at the start of `bytes` and returns its length. Fields of unknown type are skipped.
    init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let size = MemoryLayout<sp_record>.size
        guard bytes.count >= size else { throw .truncated }
        fixed = bytes.loadUnaligned(as: sp_record.self)
        guard fixed.version == UInt16(SP_ABI_VERSION) else { throw .version(fixed.version) }
        let end = Int(fixed.length)
        guard end <= bytes.count, Int(fixed.fixed_length) >= size else { throw .truncated }
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
        case SP_FIELD_ARGV:
            arguments = Self.strings(bytes)
            argumentsTruncated = field.truncated != 0
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
    var operation: Operation? {
        switch UInt32(fixed.operation) {
        case SP_OP_PROCESS_EXEC.rawValue: .processExec
        case SP_OP_PROCESS_CREATE.rawValue: .processCreate
        case SP_OP_PROCESS_EXIT.rawValue: .processExit
        case SP_OP_IMAGE_LOAD.rawValue: .imageLoad
        default: nil
        }
    }

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

    var credentials: Credentials {
        var credentials = Credentials()
        credentials.uid = fixed.credentials.uid
        credentials.gid = fixed.credentials.gid
        credentials.effectiveUID = fixed.credentials.euid
        credentials.effectiveGID = fixed.credentials.egid
        credentials.effectiveCapabilities = fixed.credentials.cap_effective
        credentials.loginUID = fixed.credentials.loginuid
        return credentials
    }

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
    init(_ raw: sp_identity) {
        self.init(pid: Int32(bitPattern: raw.pid), startTime: raw.start_time, execCount: raw.exec_count)
    }
}
