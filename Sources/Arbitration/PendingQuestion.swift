// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// A question without a verdict yet.
struct PendingQuestion: Sendable {
    /// One authoriser's place in it.
    struct Seat: Sendable {
        var client: ClientID
        var vendor: String
        /// The vendor's generation when it was asked: an answer isn't cached for another one.
        var generation: UInt64
        var deadline: UInt64
        var terms: AuthoriserTerms
        /// `nil` while it has to answer.
        var vote: QuestionOutcome.Vote.Source?
        var verdict: Rule.Fallback = .deny
        /// Until when its answer may stand for the same content; `nil` if it may not.
        var standsUntil: UInt64?
        var hasStruck = false

        /// Whether the question was put to it, and waits for it.
        var isWaiting: Bool { vote == nil }
    }

    var question: Question
    /// What answers may stand for; `nil` once the file was written or all is forgotten.
    var content: ContentKey?
    /// The caches' epoch when it was asked: a verdict isn't kept beyond it.
    var epoch: UInt64
    /// Whether a policy's rule asks: see ``QuestionSeed/isByPolicy``.
    let isByPolicy: Bool
    /// Whether somebody wasn't asked for the sake of who the subject is: then the verdict is no other subject's.
    var isPartial = false
    var seats: [Seat] = []
    var waiting = 0
    private(set) var votes: [QuestionOutcome.Vote] = []
    private var firstDeny: QuestionOutcome.Vote?

    init(question: Question, content: ContentKey?, epoch: UInt64, isByPolicy: Bool = false) {
        self.question = question
        self.content = content
        self.epoch = epoch
        self.isByPolicy = isByPolicy
    }

    /// What stands where a seat's answer is missing: what it declared, or what the rule that asks says.
    func standIn(_ index: Int) -> Rule.Fallback { isByPolicy ? question.fallback : seats[index].terms.fallback }

    mutating func vote(
        _ index: Int, _ verdict: Rule.Fallback, _ source: QuestionOutcome.Vote.Source, reason: String = "",
        now: UInt64
    ) {
        seats[index].vote = source
        seats[index].verdict = verdict
        let vote = QuestionOutcome.Vote(
            vendor: seats[index].vendor, verdict: verdict, source: source, reason: reason,
            latency: now - question.askedAt)
        votes.append(vote)
        if verdict == .deny, firstDeny == nil, counts(source) { firstDeny = vote }
    }

    /// Whether a vote that isn't an allow by everyone decides: what a rule's question lacks, the rule says, not the vendor.
    private func counts(_ source: QuestionOutcome.Vote.Source) -> Bool {
        !isByPolicy || source.isAnswer || source == .queueFull
    }

    /// The verdict, if it is certain: the first deny decides at once, an allow takes everyone.
    func decision(isStopping: Bool) -> (verdict: Rule.Fallback, cause: QuestionOutcome.Cause)? {
        if let firstDeny { return (.deny, cause(of: firstDeny.source, vendor: firstDeny.vendor, verdict: .deny)) }
        guard waiting == 0 else { return nil }
        let verdict: Rule.Fallback = votes.contains { $0.source.isAnswer } ? .allow : question.fallback
        guard !votes.isEmpty else { return (verdict, isStopping ? .platformStopping : .noAuthoriser) }
        if isByPolicy, let answer = votes.last(where: \.source.isAnswer) {
            return (verdict, cause(of: answer.source, vendor: answer.vendor, verdict: verdict))
        }
        // The worst default is what people need to know of an allow, or of a fallback that denies.
        let ranks: [QuestionOutcome.Vote.Source] = [
            .platformStopping, .queueFull, .timedOut, .clientLost, .demoted, .answered, .cached,
        ]
        for source in ranks {
            if let vote = votes.last(where: { $0.source == source }) {
                return (verdict, cause(of: source, vendor: vote.vendor, verdict: isByPolicy ? verdict : .allow))
            }
        }
        return (verdict, .noAuthoriser)
    }

    private func cause(
        of source: QuestionOutcome.Vote.Source, vendor: String, verdict: Rule.Fallback
    ) -> QuestionOutcome.Cause {
        switch source {
        case .answered: return .answered(vendor: vendor)
        case .cached: return .cached
        case .timedOut:
            var vendors: [String] = []
            for vote in votes where vote.source == .timedOut && vote.verdict == verdict {
                if !vendors.contains(vote.vendor) { vendors.append(vote.vendor) }
            }
            return .timedOut(vendors: vendors)
        case .queueFull: return .queueFull
        case .clientLost: return .clientLost
        case .demoted: return .demoted
        case .platformStopping: return .platformStopping
        }
    }

    /// For how long the verdict itself may stand without another question: what all agreed on, or a deny that may.
    func cacheHint(_ verdict: Rule.Fallback, epoch: UInt64, now: UInt64) -> Answer.CacheHint {
        guard let content, content.subject == nil, !isPartial, self.epoch == epoch else { return .none }
        var until: UInt64?
        for seat in seats where verdict == .allow || !seat.isWaiting && seat.verdict == .deny {
            if let standsUntil = seat.standsUntil {
                until = min(until ?? .max, standsUntil)
            } else if verdict == .allow {
                return .none
            }
            // One deny that may stand is enough.
        }
        guard let until, until > now else { return .none }
        return .file(lifetime: until == .max ? nil : until - now)
    }
}
