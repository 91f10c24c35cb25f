// SPDX-License-Identifier: Apache-2.0

/// How the monitor of the kernel's integrity is doing.
public struct IntegrityStatus: Hashable, Sendable {
    /// One check, and its last look.
    public struct Check: Hashable, Sendable {
        public var name: String
        /// What it looks at, in one sentence for people.
        public var covers: String
        /// Whether it looks at all of the kernel's text or constants, within `fullMaximum`; else within `fastMaximum`.
        public var isFull: Bool
        public var response: Finding.Response
        public var looks: UInt64 = 0
        /// When its last look ended, nanoseconds since 1970; 0 before the first one.
        public var lastLook: UInt64 = 0
        /// Nanoseconds that it took.
        public var duration: UInt64 = 0
        public var extent = ""
        /// What it compared with, where that isn't the rule itself.
        public var baseline = ""
        /// What can't be looked at here, and why.
        public var gaps: [String] = []
        /// Open findings that are violations.
        public var violations = 0
        /// Places that the kernel itself has changed.
        public var explained = 0

        public init(name: String, covers: String, isFull: Bool, response: Finding.Response) {
            self.name = name
            self.covers = covers
            self.isFull = isFull
            self.response = response
        }
    }

    public var checks: [Check]
    /// Seconds within which a fast check, and a full one, finds what it can find.
    public var fastMaximum: UInt32
    public var fullMaximum: UInt32
    /// Since when it runs, nanoseconds since 1970.
    public var since: UInt64
    /// Nanoseconds of a processor that its checks have used.
    public var processorTime: UInt64
    /// What the kernel's text and constants are compared with, in a sentence for people.
    public var baseline: String
    /// Whether new executions are refused but for the site's.
    public var isIsolated: Bool

    public init(
        checks: [Check], fastMaximum: UInt32, fullMaximum: UInt32, since: UInt64, processorTime: UInt64,
        baseline: String, isIsolated: Bool
    ) {
        self.checks = checks
        self.fastMaximum = fastMaximum
        self.fullMaximum = fullMaximum
        self.since = since
        self.processorTime = processorTime
        self.baseline = baseline
        self.isIsolated = isIsolated
    }
}

/// How far a scan that was asked for is.
public struct ScanProgress: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case begun(String)
        case done(IntegrityStatus.Check)
    }

    public var step: Step
    /// How many checks of the scan have looked by now, and how many there are.
    public var completed: Int
    public var total: Int

    public init(_ step: Step, completed: Int, total: Int) {
        self.step = step
        self.completed = completed
        self.total = total
    }
}

/// Places that the kernel itself has changed, for one cause.
public struct ExplainedChange: Hashable, Sendable {
    /// `alternatives`, `static key`, `static call`, …
    public var kind: String
    /// Of the key, for instance, as the kernel spells it.
    public var name: String
    public var places: Int
    /// The first of them, for people.
    public var first: String

    public init(kind: String, name: String, places: Int, first: String) {
        self.kind = kind
        self.name = name
        self.places = places
        self.first = first
    }
}
