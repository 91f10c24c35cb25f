// SPDX-License-Identifier: Apache-2.0

/// What was decided about an operation.
public enum Verdict: String, Sendable, Codable, CaseIterable {
    case allow
    case deny
    /// Allowed, but a policy in audit mode would have denied it.
    case audit
}

/// A verdict with who decided: names are empty when no rule concerned the operation.
public struct Decision: Hashable, Sendable, Codable {
    public var verdict: Verdict
    public var policy: String
    public var rule: String
    public var vendor: String
    /// The generation of the installed policies that decided.
    public var generation: UInt64
    /// The word of the `QuestionOutcome.Cause` where an agent was asked; empty where a rule decided.
    public var cause = ""
    /// Why, in the agent's words.
    public var reason = ""

    public init(verdict: Verdict, policy: String = "", rule: String = "", vendor: String = "", generation: UInt64 = 0) {
        self.verdict = verdict
        self.policy = policy
        self.rule = rule
        self.vendor = vendor
        self.generation = generation
    }
}

/// What an operation was attempted on.
public enum EventObject: Hashable, Sendable, Codable {
    case none
    /// A file; for a script that is executed, the interpreter that ran it.
    case file(FileObject, interpreter: ObservedPath?)
    /// Another process: of `process.create` the child; of `process.open` and its like the one that is opened.
    case process(ProcessIdentity)
    /// `process.exit`: the wait status (`WIFEXITED` and so on apply).
    case exit(status: Int32)
}

/// What belongs to some operations only; `nil` and empty where an operation hasn't got it.
public struct EventDetails: Hashable, Sendable, Codable {
    /// What was wanted of the object.
    public var access: Set<Access> = []
    /// The way in: the system call or the file that the operation came by, such as `ptrace` or `/proc/PID/mem`.
    public var way: String = ""
    public var signal: Signal?
    public var mappings: Set<MappingKind> = []
    public var area: KernelArea?
    /// `file.rename`, `file.link`, `file.mount`: where to; `process.open`: the executable of the process opened.
    public var target: ObservedPath?
    /// `process.credentials`: who the process would be.
    public var credentials: Credentials?
    /// What has a name but no path: a module, a BPF program, an extended attribute, a kernel key.
    public var name: String = ""

    public init() {}
}

/// The record of one operation.
public struct Event: Hashable, Sendable, Codable {
    /// The place among what this subscriber was sent, from 1. A filter leaves no numbers out: those that are missing are
    /// lost, and a gap tells of them. Records of several processors may overtake each other by some places.
    public var sequence: UInt64
    /// Nanoseconds since 1970-01-01 UTC.
    public var time: UInt64
    /// Nanoseconds of CLOCK_BOOTTIME.
    public var monotonicTime: UInt64
    public var operation: Operation
    public var decision: Decision
    /// The process that attempted it, as it was before the operation took effect. Of a `process.exec` that took place,
    /// arguments and working directory are the execution's; of a denied one, the caller's own.
    public var subject: Process
    public var object: EventObject
    public var details: EventDetails

    public init(
        sequence: UInt64, time: UInt64, monotonicTime: UInt64, operation: Operation, decision: Decision,
        subject: Process, object: EventObject, details: EventDetails = EventDetails()
    ) {
        self.sequence = sequence
        self.time = time
        self.monotonicTime = monotonicTime
        self.operation = operation
        self.decision = decision
        self.subject = subject
        self.object = object
        self.details = details
    }
}

/// The record of events that couldn't be delivered. A loss is never silent.
public struct Gap: Hashable, Sendable, Codable {
    /// Where they were lost.
    public enum Place: String, Sendable, Codable {
        /// The kernel's ring was full.
        case kernel
        /// The subscriber read too slowly.
        case subscriber
        /// The subscriber wasn't connected: nobody knows how many.
        case connection
    }

    public var place: Place
    /// The sequence numbers that are missing, as far as they are known.
    public var missing: ClosedRange<UInt64>?
    /// How many, by operation.
    public var counts: [Operation: UInt64]
    /// How many of them were denials (which took effect all the same).
    public var denied: UInt64

    public init(
        place: Place, missing: ClosedRange<UInt64>? = nil, counts: [Operation: UInt64] = [:], denied: UInt64 = 0
    ) {
        self.place = place
        self.missing = missing
        self.counts = counts
        self.denied = denied
    }

    /// Makes this gap one with a later one.
    public mutating func absorb(_ later: Gap) {
        counts.merge(later.counts) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
        denied = denied.addingReportingOverflow(later.denied).overflow ? .max : denied + later.denied
        guard let range = later.missing else { return }
        missing = missing.map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) } ?? range
    }

    public var total: UInt64 { counts.values.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 } }
}

/// What a subscriber receives.
public enum StreamElement: Hashable, Sendable {
    case event(Event)
    case gap(Gap)
    /// A marker that was asked for: everything before it has been delivered, or is in a gap before it.
    case sync(UInt64)
    /// A process that lives when the subscription begins; before every event, if a snapshot was asked for.
    case process(Process)
}
