// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import KernelABI

/// A record that user space makes, in the layout of the kernel's: the fixed part, and its fields one after another.
package struct RecordWriter {
    package var fixed = sp_record()
    /// A multiple of eight bytes.
    package private(set) var tail: [UInt8] = []

    package init(_ operation: Operation, verdict: Verdict, rule: UInt32?, generation: UInt64) {
        fixed.version = UInt16(SP_ABI_VERSION)
        fixed.operation = UInt16(operation.kernelNumber)
        fixed.fixed_length = UInt16(MemoryLayout<sp_record>.size)
        fixed.length = UInt32(MemoryLayout<sp_record>.size)
        fixed.rule = rule ?? SP_NO_RULE
        fixed.generation = generation
        fixed.verdict =
            switch verdict {
            case .allow: UInt8(SP_VERDICT_ALLOW.rawValue)
            case .deny: UInt8(SP_VERDICT_DENY.rawValue)
            case .audit: UInt8(SP_VERDICT_AUDIT.rawValue)
            }
    }

    /// Who acts.
    package mutating func setSubject(_ process: Process) {
        fixed.subject = Self.identity(process.identity, thread: process.thread)
        if let parent = process.parent { fixed.parent = Self.identity(parent, thread: parent.pid) }
        let credentials = process.credentials
        fixed.credentials = sp_credentials(
            uid: credentials.uid, gid: credentials.gid, euid: credentials.effectiveUID, egid: credentials.effectiveGID,
            cap_effective: credentials.effectiveCapabilities, loginuid: credentials.loginUID, pad: 0)
        let namespaces = process.namespaces
        fixed.namespaces = sp_namespaces(
            mnt: namespaces.mount, pid: namespaces.pid, net: namespaces.network, user: namespaces.user,
            uts: namespaces.uts, ipc: namespaces.ipc, cgroup: namespaces.cgroup, pad: 0)
        fixed.cgroup_id = process.cgroup.id
        withUnsafeMutableBytes(of: &fixed.comm) { $0.copyBytes(from: process.command.utf8.prefix($0.count - 1)) }
        append(SP_FIELD_CGROUP, Array(process.cgroup.path.utf8))
    }

    /// The file that is acted on.
    package mutating func setFile(_ file: FileObject) {
        fixed.file = sp_file(
            inode: file.identity.inode, device: file.identity.device, generation: file.identity.generation,
            size: file.size, mode: file.mode, uid: file.ownerUID, gid: file.ownerGID, flags: file.flags.rawValue)
        append(SP_FIELD_PATH, file.path.bytes, unresolvable: file.path.unresolvable?.rawValue ?? 0)
    }

    /// What decided where an agent was asked.
    package mutating func setAnswer(vendor: String, cause: String, reason: String) {
        append(SP_FIELD_ANSWER, Array([vendor, cause, reason].joined(separator: "\0").utf8))
    }

    /// What was wanted of the object.
    package mutating func setAccess(_ access: Set<Access>) {
        fixed.access = access == [.read, .write] ? Access.readWriteNumber : access.first?.kernelNumber ?? 0
    }

    /// The longest field that the kernel's programs write; what is longer is cut.
    static let maxField = 4096

    private mutating func append(_ type: sp_field_type, _ bytes: [UInt8], unresolvable: UInt8 = 0) {
        let kept = bytes.prefix(Self.maxField)
        let field = sp_field(
            type: UInt16(type.rawValue), unresolvable: unresolvable, truncated: kept.count < bytes.count ? 1 : 0,
            length: UInt32(kept.count))
        withUnsafeBytes(of: field) { tail += $0 }
        tail += kept
        tail += [UInt8](repeating: 0, count: (8 - kept.count % 8) % 8)
        fixed.length = UInt32(MemoryLayout<sp_record>.size + tail.count)
    }

    private static func identity(_ identity: ProcessIdentity, thread: Int32) -> sp_identity {
        sp_identity(
            pid: UInt32(bitPattern: identity.pid), tid: UInt32(bitPattern: thread), start_time: identity.startTime,
            exec_count: identity.execCount)
    }
}
