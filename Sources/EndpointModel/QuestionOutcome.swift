// SPDX-License-Identifier: Apache-2.0

/// What became of a question, and why.
public struct QuestionOutcome: Hashable, Sendable, Codable {
    /// What decided. Of a deny, what denied first; of an allow, what is worth knowing most: a default before an answer.
    public enum Cause: Hashable, Sendable, Codable {
        /// By the answer of this vendor: its deny, or its allow as the last of those asked.
        case answered(vendor: String)
        /// By answers that stood for this content.
        case cached
        /// By the defaults of these vendors, whose deadline passed.
        case timedOut(vendors: [String])
        /// By a declared default, as a limit of questions in flight was reached.
        case queueFull
        /// Nobody is entitled, or wants, to answer: the question's own fallback.
        case noAuthoriser
        /// By the default of an authoriser that went away before it answered.
        case clientLost
        /// By the default of a vendor that is not asked for a while, as it missed deadlines.
        case demoted
        /// Not asked: the platform's own, or an agent's, of which nobody else is to be asked.
        case exempt
        /// By the guard, which stood in for a platform that doesn't run.
        case guardApplied
        /// By the defaults, as the platform ends.
        case platformStopping
        /// Whoever attempted it is gone: nothing took place, and nobody is told the verdict.
        case withdrawn
    }

    /// What one authoriser's word was, or what stood for it.
    public struct Vote: Hashable, Sendable, Codable {
        public enum Source: String, Sendable, Codable, CaseIterable {
            case answered, cached
            case timedOut = "timed-out"
            case queueFull = "queue-full"
            case clientLost = "client-lost"
            case demoted
            case platformStopping = "platform-stopping"

            /// Whether the authoriser said so itself, now or before.
            public var isAnswer: Bool { self == .answered || self == .cached }
        }

        public var vendor: String
        public var verdict: Rule.Fallback
        public var source: Source
        /// The answer's reason; empty without an answer.
        public var reason: String
        /// Nanoseconds from when the operation was held.
        public var latency: UInt64

        public init(vendor: String, verdict: Rule.Fallback, source: Source, reason: String = "", latency: UInt64) {
            self.vendor = vendor
            self.verdict = verdict
            self.source = source
            self.reason = reason
            self.latency = latency
        }
    }

    public var verdict: Rule.Fallback
    public var cause: Cause
    /// One of each authoriser, in the order in which they counted. Those who were still to answer when another one
    /// denied are left out.
    public var votes: [Vote]
    /// Nanoseconds from when the operation was held to the verdict.
    public var latency: UInt64

    public init(verdict: Rule.Fallback, cause: Cause, votes: [Vote] = [], latency: UInt64 = 0) {
        self.verdict = verdict
        self.cause = cause
        self.votes = votes
        self.latency = latency
    }
}

extension QuestionOutcome.Cause {
    /// The word used in JSON and text.
    public var word: String {
        switch self {
        case .answered: "answered"
        case .cached: "cached"
        case .timedOut: "timed-out"
        case .queueFull: "queue-full"
        case .noAuthoriser: "no-authoriser"
        case .clientLost: "client-lost"
        case .demoted: "demoted"
        case .exempt: "exempt"
        case .guardApplied: "guard-applied"
        case .platformStopping: "platform-stopping"
        case .withdrawn: "withdrawn"
        }
    }
}
