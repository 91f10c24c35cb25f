// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// The site's limits on asking. Times are nanoseconds.
public struct ArbitrationLimits: Hashable, Sendable {
    public static let millisecond: UInt64 = 1_000_000
    public static let second: UInt64 = 1000 * millisecond

    /// What a verdict may be late by: it covers the thread's wake-up. A deadline that the platform itself looked at
    /// later than that is no strike.
    public static let settlementGrace = 50 * millisecond

    /// `authoriser-deadline`: what a vendor may ask for; what lies outside is moved to the nearer end, and reported.
    public var deadlines =
        UInt64(Rule.timeoutRange.lowerBound) * millisecond...UInt64(Rule.timeoutRange.upperBound) * millisecond
    /// `strikes`: so many deadlines missed within ``strikeWindow`` demote a vendor.
    public var strikes = 3
    public var strikeWindow = 60 * second
    /// `cool-off`: how long a demoted vendor isn't asked.
    public var coolOff = 60 * second
    /// `questions-in-flight`: of one vendor, all its clients together.
    public var questionsInFlight = VendorQuotas().questions
    /// `all-questions-in-flight`: of all vendors together.
    public var allQuestionsInFlight = 16_384
    /// `authorisers`: clients that are asked.
    public var authorisers = 256
    /// `vendor-authorisers`: of one vendor.
    public var vendorAuthorisers = VendorQuotas().authorisers
    /// `cached-verdicts`: of one vendor.
    public var cachedVerdicts = 16_384
    /// `cached-verdict-lifetime`: the longest that an answer stands. With `UInt64.max` it is as long as the content is the
    /// same; only such a verdict can be left to the kernel, which knows no lifetimes.
    public var cachedVerdictLifetime = 3600 * second
    /// `settled-questions`: how many are remembered to tell a late answer from a second one.
    public var settledQuestions = 4096

    public init() {}

    /// - Parameter deadlines: milliseconds; what lies outside what a rule may say is moved to the nearer end.
    public init(quotas: VendorQuotas, deadlines: ClosedRange<UInt32> = Rule.timeoutRange) {
        questionsInFlight = quotas.questions
        vendorAuthorisers = quotas.authorisers
        let bounded = deadlines.clamped(to: Rule.timeoutRange)
        self.deadlines =
            UInt64(bounded.lowerBound) * Self.millisecond...UInt64(bounded.upperBound) * Self.millisecond
    }

    /// What a client gets of what it asks for.
    public func granted(_ terms: AuthoriserTerms) -> AuthoriserTerms {
        var granted = terms
        granted.deadline = min(max(terms.deadline, deadlines.lowerBound), deadlines.upperBound)
        granted.capacity = min(max(terms.capacity, 1), questionsInFlight)
        return granted
    }
}

/// The limit that was reached when a question wasn't put to somebody.
public enum QuestionLimit: String, Hashable, Sendable, CaseIterable {
    /// What the client itself declared.
    case client = "client-questions-in-flight"
    case vendor = "questions-in-flight"
    case all = "all-questions-in-flight"
}
