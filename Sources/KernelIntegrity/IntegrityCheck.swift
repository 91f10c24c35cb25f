// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// One check of the running kernel's integrity. Each has a file, a name that is stable, and a tamper fixture of its own in
/// `Kernel/tests/tamper` that proves it.
///
/// A check looks once and keeps nothing but its baseline, where the first look is one. It needn't lock and needn't look
/// twice: what it calls a violation counts only when it sees it in several looks, one after another, for which
/// ``IntegrityScan`` cares.
public protocol IntegrityCheck: Sendable {
    /// What the API, the configuration and the documentation call it: lower case, words joined by hyphens.
    var name: String { get }
    /// What it looks at, in one sentence for people.
    var covers: String { get }
    var pace: CheckPace { get }

    /// Looks once.
    ///
    /// - Throws: where the kernel's memory can't be read at all. What can't be looked at on this kernel is ``CheckResult/gaps``.
    func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult
}

/// How soon a change is found: by the configured interval of its pace at the latest.
public enum CheckPace: String, Hashable, Sendable, CaseIterable {
    /// A few milliseconds: 30 s by default.
    case fast
    /// Reads all of the kernel's text and constants: five minutes by default.
    case full
}

/// What one look came to.
public struct CheckResult: Sendable {
    public var observations: [Observation] = []
    /// What this kernel or machine doesn't let be looked at, and why, each in a sentence.
    public var gaps: [String] = []
    /// What the baseline is, where it isn't the rule itself.
    public var baseline: String?
    /// What was found changed as the kernel itself changes things, by cause: the kernel's own patching, static keys and calls.
    /// Tracers, probes and the like, which somebody attached, are observations.
    public var explained: [ExplainedChange] = []
    /// How many bytes or objects were compared, for people: "18.2 MB of text".
    public var extent = ""

    public init() {}
}

/// Something that a check saw.
public struct Observation: Hashable, Sendable {
    public var severity: Finding.Severity
    /// What it is about, as the kernel spells it. With the check's name and the severity it tells one finding from another.
    public var subject: String
    public var summary: String
    public var attribution: String
    public var advice: String
    public var process: Int32?
    public var differences: [Finding.Difference]

    public init(
        _ severity: Finding.Severity, subject: String, summary: String, attribution: String = "", advice: String = "",
        process: Int32? = nil, differences: [Finding.Difference] = []
    ) {
        self.severity = severity
        self.subject = Self.bounded(subject)
        self.summary = summary
        self.attribution = attribution
        self.advice = advice
        self.process = process
        self.differences = differences
    }

    /// What makes it the same finding when it is seen again.
    public struct Identity: Hashable, Sendable {
        public var severity: Finding.Severity
        public var subject: String
    }

    /// As much of a subject as the API has room for: what is kept of a finding must be the same that is seen again.
    private static func bounded(_ subject: String) -> String {
        guard subject.utf8.count > Finding.subjectLimit else { return subject }
        var end = subject.startIndex
        while let next = subject.index(end, offsetBy: 1, limitedBy: subject.endIndex),
            subject.utf8.distance(from: subject.startIndex, to: next) <= Finding.subjectLimit
        {
            end = next
        }
        return String(subject[..<end])
    }

    public var identity: Identity { Identity(severity: severity, subject: subject) }

    /// What to do about most violations.
    public static let distrust =
        "Something runs in the kernel that no mechanism of its own accounts for. Take what evidence you need"
        + " (sallyport integrity report, a memory dump), and don't trust this machine until it was started from known media."
}
