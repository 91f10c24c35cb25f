// SPDX-License-Identifier: Apache-2.0

/// What was counted since the start.
public struct ArbitrationCounters: Hashable, Sendable {
    public var questions: UInt64 = 0
    public var allowed: UInt64 = 0
    public var denied: UInt64 = 0
    /// Questions put to a client.
    public var deliveries: UInt64 = 0
    public var answers: UInt64 = 0
    public var missedDeadlines: UInt64 = 0
    public var strikes: UInt64 = 0
    public var demotions: UInt64 = 0
    /// Answers of authorisers lost with their client.
    public var lostAnswers: UInt64 = 0
    /// How often each limit was reached.
    public var queueFull: [QuestionLimit: UInt64] = [:]
    public var refusedAnswers: [AnswerRefusal: UInt64] = [:]
    /// Votes taken from a cache, and votes that had to be asked for although an answer could have been cached.
    public var cacheHits: UInt64 = 0
    public var cacheMisses: UInt64 = 0
    /// Verdicts dropped from the caches.
    public var flushed: [FlushReason: UInt64] = [:]
    /// Of authorisers refused by the limits `authorisers` and `vendor-authorisers`.
    public var refusedAuthorisers: UInt64 = 0

    public init() {}
}
