// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import KernelABI

/// Kernel records → what a subscriber receives: a plain state machine over the process table, no clock and no I/O.
package struct EventAssembler: Sendable {
    package private(set) var table: ProcessTable
    private let names: any RuleNames

    /// - Parameter table: what is known of processes at the place in the stream where the first record follows.
    package init(names: any RuleNames, table: ProcessTable = ProcessTable()) {
        self.names = names
        self.table = table
    }

    /// What a record gives: nothing for one that is sent as context only and for a second exit of the same process.
    ///
    /// - Parameter wallOffset: what to add to CLOCK_BOOTTIME to get CLOCK_REALTIME, nanoseconds.
    package mutating func apply(_ record: KernelRecord, wallOffset: UInt64) -> StreamElement? {
        switch UInt32(record.fixed.operation) {
        case SP_OP_SYNC.rawValue: return .sync(record.fixed.sequence)
        case SP_OP_GAP.rawValue: return record.gap.map { .gap($0) }
        default: break
        }
        guard let event = event(record, wallOffset: wallOffset), !record.isContext else { return nil }
        return .event(event)
    }

    /// Puts another table in place, after records were lost that it follows from.
    package mutating func replaceTable(by table: ProcessTable) { self.table = table }

    private mutating func event(_ record: KernelRecord, wallOffset: UInt64) -> Event? {
        guard let operation = record.operation else { return nil }
        let identity = ProcessIdentity(record.fixed.subject)
        if operation == .processExit, record.verdict == .allow, wasRemoved(identity) { return nil }
        var subject = table.subject(of: record)
        if operation == .processExec, record.verdict != .deny, !record.arguments.isEmpty {
            subject.arguments = record.arguments
            subject.argumentsTruncated = record.argumentsTruncated
            subject.workingDirectory = record.workingDirectory
        }
        let object = object(of: record, operation)
        let event = Event(
            sequence: record.sequence, time: record.fixed.monotonic_time &+ wallOffset,
            monotonicTime: record.fixed.monotonic_time, operation: operation, decision: decision(of: record),
            subject: subject, object: object, details: record.details)
        if record.verdict != .deny { advance(record, operation, subject) }
        return event
    }

    /// Adds a process that the snapshot found, unless it is known; says whether it was added.
    package mutating func insertFound(_ record: KernelRecord) -> Bool {
        var process = Process(identity: ProcessIdentity(record.fixed.subject))
        process.parent = record.fixed.parent.pid == 0 ? nil : ProcessIdentity(record.fixed.parent)
        process.exe = record.exe ?? ObservedPath("")
        process.command = record.command
        process.credentials = record.credentials
        process.namespaces = record.namespaces
        process.cgroup.id = record.fixed.cgroup_id
        process.cgroup.path = record.cgroup
        process.provenance = .found
        return table.insertFound(process)
    }

    /// What /proc says of a found process. A later execution has told more already.
    package mutating func complete(
        _ identity: ProcessIdentity, arguments: [String], truncated: Bool, directory: [UInt8]?
    ) {
        table.complete(identity, arguments: arguments, truncated: truncated, directory: directory)
    }

    /// Removes what isn't among the living, by pid and start time, and isn't younger than the snapshot that found them.
    package mutating func removeEnded(before began: UInt64, living: [Int32: UInt64]) {
        table.removeEnded(before: began, living: living)
    }

    /// The last processes that exited: two threads that end at once both report the exit.
    private var recentExits: [ProcessIdentity] = []
    private static let maxRecentExits = 64

    private func wasRemoved(_ identity: ProcessIdentity) -> Bool {
        recentExits.contains { $0.pid == identity.pid && $0.startTime == identity.startTime }
    }

    private mutating func advance(_ record: KernelRecord, _ operation: Operation, _ subject: Process) {
        switch operation {
        case .processExec where record.verdict == .allow: table.applyExec(record)
        case .processCreate where record.fixed.other.pid != 0:
            table.insertChild(ProcessIdentity(record.fixed.other), of: subject)
        case .processExit:
            table.remove(subject.identity)
            recentExits.append(subject.identity)
            if recentExits.count > Self.maxRecentExits { recentExits.removeFirst() }
        default: break
        }
    }

    private func object(of record: KernelRecord, _ operation: Operation) -> EventObject {
        switch operation {
        case .processExit:
            return .exit(status: record.fixed.exit_status)
        case _ where record.fixed.other.pid != 0:
            return .process(ProcessIdentity(record.fixed.other))
        default:
            return record.file.map { .file($0, interpreter: record.interpreter) } ?? .none
        }
    }

    private func decision(of record: KernelRecord) -> Decision {
        let generation = record.fixed.generation
        var decision = Decision(verdict: record.verdict, generation: generation)
        if record.fixed.rule != SP_NO_RULE, let name = names.name(ofRule: record.fixed.rule, generation: generation) {
            decision.policy = name.policy
            decision.rule = name.rule
            decision.vendor = name.vendor
        }
        if record.answer.count == 3 {
            // Where nobody answered it is the rule's, if one asked.
            if !record.answer[0].isEmpty { decision.vendor = record.answer[0] }
            decision.cause = record.answer[1]
            decision.reason = record.answer[2]
        }
        return decision
    }
}
