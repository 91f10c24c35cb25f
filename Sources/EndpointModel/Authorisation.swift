// SPDX-License-Identifier: Apache-2.0

/// What an agent wants to be asked, and what applies where it doesn't answer.
public struct Authorisation: Hashable, Sendable {
    public var operations: Set<Operation>
    /// Of `file.open` what is asked about: `read`, `write`; empty is both.
    public var access: Set<Access>
    /// How long the agent takes at most to answer. Milliseconds; the platform bounds it.
    public var deadlineMilliseconds: UInt32
    /// What applies to a question that isn't answered in time, or when the agent ends.
    public var fallback: Rule.Fallback
    /// What applies to a question that can't be put to the agent because `questions-in-flight` is reached.
    public var whenFull: Rule.Fallback

    /// As the properties say; `whenFull` is the fallback unless it is given.
    public init(
        operations: Set<Operation>, access: Set<Access> = [], deadlineMilliseconds: UInt32 = 1000,
        fallback: Rule.Fallback, whenFull: Rule.Fallback? = nil
    ) {
        self.operations = operations
        self.access = access
        self.deadlineMilliseconds = deadlineMilliseconds
        self.fallback = fallback
        self.whenFull = whenFull ?? fallback
    }
}

/// What an authorisation comes to on this machine.
public struct AuthorisationTerms: Hashable, Sendable {
    /// The deadline of each question. Milliseconds.
    public var deadlineMilliseconds: UInt32
    /// How many questions may be open at a time: the limit `questions-in-flight`.
    public var questionsInFlight: Int
    /// Sentences worth reading, such as that an operation isn't held on this machine.
    public var notes: [String]

    public init(deadlineMilliseconds: UInt32, questionsInFlight: Int, notes: [String] = []) {
        self.deadlineMilliseconds = deadlineMilliseconds
        self.questionsInFlight = questionsInFlight
        self.notes = notes
    }
}

/// What the platform says to an authoriser.
public enum AuthoriserMessage: Hashable, Sendable {
    case question(Question)
    case retraction(Retraction)
    case notice(AuthoriserNotice)
}

/// A question that needs no answer any more.
public struct Retraction: Hashable, Sendable {
    public enum Reason: String, Sendable, CaseIterable {
        /// Its deadline has passed and the fallback was applied: a strike.
        case deadline
        /// It has its verdict.
        case settled
        /// Who attempted it has ended.
        case withdrawn
    }

    public var question: UInt64
    public var reason: Reason
    /// What was applied.
    public var verdict: Rule.Fallback

    public init(question: UInt64, reason: Reason, verdict: Rule.Fallback) {
        self.question = question
        self.reason = reason
        self.verdict = verdict
    }
}

/// Something that happened to an authoriser.
public struct AuthoriserNotice: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A deadline was missed.
        case strike
        /// Too many deadlines were missed: it isn't asked until `until`.
        case demoted
        case restored
        /// An answer came after its question was settled.
        case late
        /// A question was answered twice; the first answer counts.
        case duplicate
        /// Questions weren't put to it because `questions-in-flight` was reached.
        case queueFull = "queue-full"
        /// An allow was bound to a content that isn't the file's, or that nobody knows: the question is still open.
        case digestDiffers = "digest-differs"
        /// An answer named a question that it was never asked.
        case unknownQuestion = "unknown-question"
    }

    public var kind: Kind
    /// The question that it is about; 0 when it is about none.
    public var question: UInt64
    public var count: UInt64
    /// Nanoseconds of CLOCK_BOOTTIME; 0 where there is no end.
    public var until: UInt64

    public init(kind: Kind, question: UInt64 = 0, count: UInt64 = 1, until: UInt64 = 0) {
        self.kind = kind
        self.question = question
        self.count = count
        self.until = until
    }
}
