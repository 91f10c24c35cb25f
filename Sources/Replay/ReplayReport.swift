// SPDX-License-Identifier: Apache-2.0

/// What a replay came to.
public struct ReplayReport: Hashable, Sendable {
    /// Events and gaps that were sent.
    public var events = 0
    public var gaps = 0
    /// Questions that were put, each counted once.
    public var questions = 0
    /// Those that were never answered, and those that were answered after their deadline; by number, in order.
    public var missed: [UInt64] = []
    public var late: [UInt64] = []
    /// Those that were answered otherwise than in the recording.
    public var different: [UInt64] = []
    /// Further answers to questions that had one, and answers to questions that weren't put.
    public var duplicates = 0
    public var unasked = 0
    /// From the sending of a question to its answer, nanoseconds.
    public var latencyMedian: UInt64 = 0
    public var latency99: UInt64 = 0
    public var latencyMaximum: UInt64 = 0
    /// How often the platform was gone, and how often an agent began to watch or to be asked.
    public var crashes = 0
    public var connections = 0
    /// Everything that the agent had open at some time, and what it had open when all was sent.
    public var calls: AgentCalls = []
    public var openAtEnd: AgentCalls = []
    /// How often the agent ended a call itself.
    public var left = 0
    /// From each return of the platform until the agent had open again what it was waited for to have: nanoseconds; none
    /// for a return that it didn't come back after.
    public var reconnections: [UInt64] = []
    /// Whether a plan's elements were left because nobody took them any more.
    public var abandoned = false

    public init() {}

    /// Whether each question that was put had one answer in time.
    public var isClean: Bool { missed.isEmpty && late.isEmpty && duplicates == 0 && unasked == 0 && !abandoned }
}
