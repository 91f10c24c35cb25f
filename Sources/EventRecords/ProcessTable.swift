// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import KernelABI

/// Every living process, by what the records said.
///
/// A plain value: who applies records owns it. Lookups by pid alone are safe here because an entry leaves with its
/// process's exit record, a start time that differs replaces it (its exit was in a gap), and after a gap a new snapshot
/// removes what has ended.
package struct ProcessTable: Sendable {
    private var entries: [Int32: Process] = [:]

    package init() {}

    /// - Parameter processes: those that live, as another table knew them.
    package init(_ processes: some Sequence<Process>) {
        for process in processes { entries[process.identity.pid] = process }
    }

    package var count: Int { entries.count }

    /// In order of start.
    package var processes: [Process] {
        entries.values.sorted { ($0.identity.startTime, $0.identity.pid) < ($1.identity.startTime, $1.identity.pid) }
    }

    package func process(pid: Int32) -> Process? { entries[pid] }

    /// The process as known, or a new entry made from what a record says of it.
    mutating func subject(of record: KernelRecord) -> Process {
        let identity = ProcessIdentity(record.fixed.subject)
        var process: Process
        if let known = entries[identity.pid], known.identity.startTime == identity.startTime {
            process = known
        } else {
            process = Process(identity: identity)
            process.parent = ProcessIdentity(record.fixed.parent)
        }
        Self.refresh(&process, from: record)
        entries[identity.pid] = process
        return process
    }

    /// Adds a process found by the start-up snapshot. What the events have said already is newer and stays.
    mutating func insertFound(_ process: Process) -> Bool {
        if let known = entries[process.identity.pid], known.identity.startTime == process.identity.startTime,
            known.provenance != .inferred
        {
            return false
        }
        entries[process.identity.pid] = process
        return true
    }

    /// Adds what /proc says of a process that was found running and hasn't executed anything since.
    mutating func complete(
        _ identity: ProcessIdentity, arguments: [String], truncated: Bool, directory: [UInt8]?
    ) {
        guard var process = entries[identity.pid], process.identity == identity, process.provenance == .found else {
            return
        }
        process.arguments = arguments
        process.argumentsTruncated = truncated
        process.workingDirectory = directory.map { ObservedPath(bytes: $0) }
        entries[identity.pid] = process
    }

    /// A child inherits all but its identity.
    mutating func insertChild(_ identity: ProcessIdentity, of parent: Process) {
        var child = parent
        child.identity = identity
        child.thread = identity.pid
        child.parent = parent.identity
        child.provenance = .started
        entries[identity.pid] = child
    }

    /// Applies an execution: the process's image, arguments and directory change.
    mutating func applyExec(_ record: KernelRecord) {
        let identity = ProcessIdentity(record.fixed.subject)
        guard var process = entries[identity.pid] else { return }
        process.identity = identity
        process.exe = record.interpreter ?? record.path ?? process.exe
        process.command = record.command
        process.arguments = record.arguments
        process.argumentsTruncated = record.argumentsTruncated
        process.workingDirectory = record.workingDirectory
        process.credentials = record.credentials
        entries[identity.pid] = process
    }

    mutating func remove(_ identity: ProcessIdentity) {
        if entries[identity.pid]?.identity.startTime == identity.startTime { entries[identity.pid] = nil }
    }

    /// Removes entries whose exit was lost: older than a snapshot (CLOCK_BOOTTIME, ns) and not in it.
    mutating func removeEnded(before began: UInt64, living: [Int32: UInt64]) {
        entries = entries.filter { pid, process in
            process.identity.startTime >= began || living[pid] == process.identity.startTime
        }
    }

    private static func refresh(_ process: inout Process, from record: KernelRecord) {
        process.thread = Int32(bitPattern: record.fixed.subject.tid)
        process.parent = ProcessIdentity(record.fixed.parent)
        process.namespaces = record.namespaces
        process.cgroup.id = record.fixed.cgroup_id
        if !record.cgroup.isEmpty { process.cgroup.path = record.cgroup }
        if record.operation != .processExec || record.verdict == .deny {
            process.command = record.command
            process.credentials = record.credentials
        } else {
            process.credentials = Self.before(record)
        }
    }

    /// Who executed: the record of success has the credentials of afterwards, the table those of the last record, before
    /// any setuid(2). Without a set-id bit they are the same but for capabilities; with one, the real ids stay.
    private static func before(_ record: KernelRecord) -> Credentials {
        var credentials = record.credentials
        let flags = record.file?.flags ?? []
        if flags.contains(.setuid) { credentials.effectiveUID = credentials.uid }
        if flags.contains(.setgid) { credentials.effectiveGID = credentials.gid }
        return credentials
    }
}
