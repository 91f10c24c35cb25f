// SPDX-License-Identifier: Apache-2.0

/// A difference of the running kernel from what it should be, as a check of integrity found it.
public struct Finding: Hashable, Sendable {
    /// How bad it is; in ascending order.
    public enum Severity: Int, Hashable, Sendable, CaseIterable, Comparable {
        /// A change that is attributed to something legitimate, such as a tracer that root attached.
        case explained = 1
        /// Nothing is changed, but a protection is off, such as lockdown.
        case weakness
        /// A change that nothing legitimate explains.
        case violation

        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// What is done about a violation, by the site's configuration; in ascending order.
    public enum Response: Int, Hashable, Sendable, CaseIterable, Comparable {
        case report = 1
        /// New executions are refused but for the site's.
        case isolate
        /// The machine stops.
        case panic

        public static func < (left: Response, right: Response) -> Bool { left.rawValue < right.rawValue }
    }

    /// One place that differs.
    public struct Difference: Hashable, Sendable {
        /// The symbol that the place belongs to; empty when there is none.
        public var symbol: String
        /// How far behind it, in bytes. Absolute addresses are never told.
        public var offset: UInt64
        /// 64 bytes at most, each.
        public var expected: [UInt8]
        public var found: [UInt8]

        public init(symbol: String, offset: UInt64 = 0, expected: [UInt8], found: [UInt8]) {
            self.symbol = symbol
            self.offset = offset
            self.expected = Array(expected.prefix(64))
            self.found = Array(found.prefix(64))
        }
    }

    /// Bytes of a subject, at most.
    public static let subjectLimit = 256

    /// Names it; it grows with every finding of one boot.
    public var id: UInt64
    /// The name of the check that made it.
    public var check: String
    public var severity: Severity
    /// What it is about: a symbol, a module, a process's name; as the kernel spells it.
    public var subject: String
    /// One sentence for people.
    public var summary: String
    /// Who or what changed it, by name; empty when nothing explains it.
    public var attribution: String
    /// What to do, for people.
    public var advice: String
    /// The process that it is about.
    public var process: Int32?
    public var differences: [Difference]
    /// Nanoseconds since 1970.
    public var firstSeen: UInt64
    public var lastSeen: UInt64
    /// When a check found it gone; `nil` while it is open.
    public var ended: UInt64?
    public var response: Response

    public init(
        id: UInt64, check: String, severity: Severity, subject: String, summary: String, attribution: String = "",
        advice: String = "", process: Int32? = nil, differences: [Difference] = [], firstSeen: UInt64, lastSeen: UInt64,
        ended: UInt64? = nil, response: Response = .report
    ) {
        self.id = id
        self.check = check
        self.severity = severity
        self.subject = subject
        self.summary = summary
        self.attribution = attribution
        self.advice = advice
        self.process = process
        self.differences = differences
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.ended = ended
        self.response = response
    }
}
