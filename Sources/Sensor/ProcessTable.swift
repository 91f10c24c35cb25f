// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import KernelABI

/// Every living process, by what the records said.
///
/// A plain value: who applies records owns it. Lookups by pid alone are safe here because an entry leaves with its
/// process's exit record, and a start time that differs replaces it (its exit was in a gap).
public struct ProcessTable: Sendable {
    private var entries: [Int32: Process] = [:]

    public init() {}

    public var count: Int { entries.count }

    /// In order of start.
    public var processes: [Process] {
        entries.values.sorted { ($0.identity.startTime, $0.identity.pid) < ($1.identity.startTime, $1.identity.pid) }
    }

    public func process(pid: Int32) -> Process? { entries[pid] }

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
    mutating func insertFound(_ process: Process) {
        if let known = entries[process.identity.pid], known.identity.startTime == process.identity.startTime,
            known.provenance != .inferred
        {
            return
        }
        entries[process.identity.pid] = process
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

    private static func refresh(_ process: inout Process, from record: KernelRecord) {
        process.thread = Int32(bitPattern: record.fixed.subject.tid)
        process.parent = ProcessIdentity(record.fixed.parent)
        process.namespaces = record.namespaces
        process.cgroup.id = record.fixed.cgroup_id
        if !record.cgroup.isEmpty { process.cgroup.path = record.cgroup }
        if record.operation != .processExec || record.verdict == .deny {
            process.command = record.command
            process.credentials = record.credentials
        }
    }
}
