// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Who is asked about a held operation, and what becomes of it: a state machine over virtual time.
///
/// Every method takes the time (nanoseconds of CLOCK_BOOTTIME) and returns what is to be done; nothing here waits, reads
/// a clock or knows a socket. Whoever drives it calls ``advance(_:)`` at ``nextDeadline``. Time that goes backwards stands
/// still.
///
/// What holds, whatever comes in which order:
/// - Each question gets exactly one verdict, by ``ArbitrationAction/settle(_:_:cache:)``.
/// - It gets it at the latest of its deadlines, if the driver is on time.
/// - A deny wins: the first one settles the question at once. An allow takes everyone who was asked.
/// - Whoever doesn't answer has a vote all the same: its declared fallback, at its deadline, when its client is lost,
///   and at once while it is demoted. If nobody answered at all, the question's own fallback counts as well.
/// - No question is allowed because a limit was reached, unless that was declared; and it is reported.
///
/// A vendor may have several clients; each is asked and has a vote. Strikes, capacity and cached answers are the vendor's.
///
/// An event costs O(log n) with n questions in flight, amortised, and O(authorisers that are asked).
public struct Arbitration: Sendable {
    public let limits: ArbitrationLimits

    var clock: UInt64 = 0
    var isStopping = false
    var nextQuestion: UInt64
    var pending: [UInt64: PendingQuestion] = [:]
    /// Those in flight whose answers may stand, by file.
    var onInode: [InodeKey: Set<UInt64>] = [:]
    /// Seats that wait, of all questions.
    var waiting = 0
    var deadlines = DeadlineQueue()
    var settled: SettledQuestions
    var authorisers: [ClientID: Authoriser] = [:]
    /// Who is asked about what, in the order in which they joined.
    var interested: [Operation: [ClientID]] = [:]
    var vendors: [String: VendorRecord] = [:]
    var nextRestoration: UInt64?
    /// Grows whenever verdicts that were kept don't hold any more.
    var epoch: UInt64 = 0
    var counted = ArbitrationCounters()

    /// - Parameter firstQuestion: the number of the first question; greater than those of an earlier run.
    public init(limits: ArbitrationLimits = ArbitrationLimits(), firstQuestion: UInt64 = 1) {
        self.limits = limits
        self.nextQuestion = firstQuestion
        self.settled = SettledQuestions(capacity: limits.settledQuestions)
    }

    /// When ``advance(_:)`` is to be called; `nil` if nothing is due.
    public var nextDeadline: UInt64? {
        switch (deadlines.first?.time, nextRestoration) {
        case (let deadline?, let restoration?): min(deadline, restoration)
        case (let deadline, let restoration): deadline ?? restoration
        }
    }

    public var questionsInFlight: Int { pending.count }

    /// That much later than now; never is the latest.
    func after(_ duration: UInt64) -> UInt64 {
        let (time, isTooLate) = clock.addingReportingOverflow(duration)
        return isTooLate ? .max : time
    }

    /// The terms a client was granted.
    public func terms(of client: ClientID) -> AuthoriserTerms? { authorisers[client]?.terms }

    /// What a vendor has: clients that are asked, and questions of theirs in flight.
    public func use(by vendor: String) -> (authorisers: Int, questions: Int) {
        vendors[vendor].map { ($0.clients, $0.inFlight) } ?? (0, 0)
    }

    /// Until when the vendor isn't asked; `nil` if it is.
    public func demotedUntil(_ vendor: String) -> UInt64? { vendors[vendor]?.demotedUntil }

    public var counters: ArbitrationCounters {
        var counters = counted
        for vendor in vendors.values { counters.flushed.merge(vendor.cache.dropped, uniquingKeysWith: +) }
        return counters
    }
}
