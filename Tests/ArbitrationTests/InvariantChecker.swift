// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel

/// Watches what goes into the state machine and what comes out of it, and knows the rules on its own.
struct InvariantChecker {
    /// An authoriser in a question, as the rules see it.
    private struct Seat {
        var vendor: String
        var terms: AuthoriserTerms
        var deadline: UInt64
        /// `nil` while it is to answer.
        var verdict: Rule.Fallback?
        /// Of a rule's question: it hasn't answered, and its default has no say.
        var isAbsent = false

        var denies: Bool { verdict == .deny && !isAbsent }
    }

    private struct Asked {
        var seed: QuestionSeed
        var at: UInt64
        /// Those who ought to have a say.
        var entitled: [ClientID: AuthoriserTerms]
        var seats: [ClientID: Seat] = [:]
        var full: Set<ClientID> = []
        /// Vendors that weren't asked, as they had missed deadlines.
        var demoted: Set<String> = []
        /// Vendors that had allowed this content before.
        var allowedBefore: Set<String> = []
        /// Whether this comes of asking it, and not of what came later.
        var isBeingAsked = true
        var overruled: Rule.Fallback?
        var isSettled = false
    }

    /// What was found wrong.
    private(set) var violations: [String] = []
    /// How many checks of each kind were made: a checker that checks nothing finds nothing.
    private(set) var checked: [String: Int] = [:]

    private let limits: ArbitrationLimits
    private var clients: [ClientID: (vendor: String, terms: AuthoriserTerms)] = [:]
    private var asked: [UInt64: Asked] = [:]
    private var open: Set<UInt64> = []
    private var demoted: Set<String> = []
    /// What a vendor said that may stand, and until when.
    private var kept: [String: [ContentKey: [Rule.Fallback: UInt64]]] = [:]
    private var isStopping = false
    private var lastID: UInt64 = 0

    init(limits: ArbitrationLimits) { self.limits = limits }

    mutating func observe(_ input: ArbitrationInput, _ actions: [ArbitrationAction], now: UInt64) {
        // What came due before the input, with the votes of before.
        expire(now)
        if case .ask(let seed) = input { begin(seed, now: now) }
        let mustSettle = apply(input, now: now)
        for action in actions { observe(action, now: now) }
        if let mustSettle {
            check(mustSettle.isSubset(of: settledNow), "deny wins", "\(mustSettle) not settled by a deny")
        }
        if case .ask = input { finishAsk(now: now) }
        for id in open {
            let latest = asked[id]!.seats.values.map(\.deadline).max() ?? 0
            check(latest + ArbitrationLimits.settlementGrace >= now, "in time", "\(id) is open past its deadline")
            check(!asked[id]!.seats.values.contains(where: \.denies), "deny wins", "\(id) is open with a deny")
            check(asked[id]!.seats.values.contains { $0.verdict == nil }, "in time", "\(id) waits for nobody")
        }
        settledNow = []
    }

    /// At the end, after all deadlines.
    mutating func finish() {
        let open = open
        check(open.isEmpty, "one verdict", "no verdict: \(open.sorted())")
    }

    private var settledNow: Set<UInt64> = []

    private mutating func check(_ holds: Bool, _ kind: String, _ problem: @autoclosure () -> String) {
        checked[kind, default: 0] += 1
        if !holds { violations.append("\(kind): \(problem())") }
    }

    private mutating func begin(_ seed: QuestionSeed, now: UInt64) {
        lastID += 1
        let entitled = clients.filter { client in
            let terms = client.value.terms
            guard terms.operations.contains(seed.operation), seed.exemption != .ofPlatform else { return false }
            if seed.exemption == .ofVendor(client.value.vendor) { return false }
            return seed.isByPolicy || seed.operation != .fileOpen || seed.access.isEmpty
                || !terms.fileAccess.isDisjoint(with: seed.access)
        }
        asked[lastID] = Asked(seed: seed, at: now, entitled: entitled.mapValues(\.terms))
        open.insert(lastID)
    }

    /// Whoever is late votes by its default.
    private mutating func expire(_ now: UInt64) {
        for id in open {
            for (client, seat) in asked[id]!.seats where seat.verdict == nil && seat.deadline <= now {
                miss(id, client)
            }
        }
    }

    /// What stands for an answer that doesn't come: the client's default, or nothing where a rule asks.
    private mutating func miss(_ id: UInt64, _ client: ClientID) {
        let isByPolicy = asked[id]!.seed.isByPolicy
        let seat = asked[id]!.seats[client]!
        asked[id]!.seats[client]!.verdict = isByPolicy ? asked[id]!.seed.fallback : seat.terms.fallback
        asked[id]!.seats[client]!.isAbsent = isByPolicy
    }

    /// - Returns: the questions that this has to settle, if it isn't certain already that they are.
    private mutating func apply(_ input: ArbitrationInput, now: UInt64) -> Set<UInt64>? {
        switch input {
        case .join(let client, let vendor, let terms) where !isStopping:
            clients[client] = (vendor, terms)
            kept[vendor] = nil
        case .leave(let client):
            guard let left = clients.removeValue(forKey: client) else { return nil }
            if !clients.values.contains(where: { $0.vendor == left.vendor }) { kept[left.vendor] = nil }
            for id in open where asked[id]!.seats[client] != nil && asked[id]!.seats[client]!.verdict == nil {
                miss(id, client)
            }
        case .answer(let answer, let id, let client, let content):
            guard open.contains(id), let seat = asked[id]!.seats[client], seat.verdict == nil else { return nil }
            if answer.verdict == .allow, let digest = answer.digest, digest != content { return nil }
            asked[id]!.seats[client]!.verdict = answer.verdict
            if case .file(let lifetime) = answer.cache, let key = asked[id]!.seed.content {
                let stands = min(lifetime ?? .max, limits.cachedVerdictLifetime)
                let until = now.addingReportingOverflow(stands).overflow ? .max : now + stands
                let former = kept[seat.vendor]?[key]?[answer.verdict] ?? 0
                kept[seat.vendor, default: [:]][key, default: [:]][answer.verdict] = max(until, former)
            }
            return answer.verdict == .deny ? [id] : nil
        case .withdraw(let id) where isUndecided(id):
            asked[id]!.overruled = .deny
            return [id]
        case .guardApplied(let verdict, let id) where isUndecided(id):
            asked[id]!.overruled = verdict
            return [id]
        case .flush(.file(let file), _):
            for vendor in kept.keys { kept[vendor] = kept[vendor]!.filter { $0.key.file.inode != file.inode } }
        case .flush(.vendor(let vendor), _): kept[vendor] = nil
        case .flush(.everything, _): kept = [:]
        case .stop:
            isStopping = true
            let inFlight = open
            for id in inFlight {
                for (client, seat) in asked[id]!.seats where seat.verdict == nil { miss(id, client) }
            }
            return inFlight
        default: break
        }
        return nil
    }

    /// Whether no vote that came due before has settled it.
    private func isUndecided(_ id: UInt64) -> Bool {
        guard open.contains(id), let seats = asked[id]?.seats.values else { return false }
        return seats.contains { $0.verdict == nil } && !seats.contains(where: \.denies)
    }

    private mutating func observe(_ action: ArbitrationAction, now: UInt64) {
        switch action {
        case .deliver(let question, let client): delivered(question, client, now: now)
        case .settle(let id, let outcome, _): settle(id, outcome, now: now)
        case .report(.queueFull(let id, let client, _, _, _)): asked[id]?.full.insert(client)
        case .report(.demoted(let vendor, _)): demoted.insert(vendor)
        case .report(.restored(let vendor)): demoted.remove(vendor)
        default: break
        }
    }

    private mutating func delivered(_ question: Question, _ client: ClientID, now: UInt64) {
        guard let terms = asked[question.id]?.entitled[client], let vendor = clients[client]?.vendor else {
            return check(false, "entitled", "\(question.id) went to \(client)")
        }
        let seed = asked[question.id]!.seed
        let timeout = seed.timeout ?? terms.deadline
        let patience = seed.isByPolicy ? timeout : min(terms.deadline, timeout)
        check(question.deadline == now + patience, "deadline", "\(question.id): \(question.deadline - now)")
        let denies = !seed.isByPolicy && terms.fallback == .deny || seed.fallback == .deny
        check(question.fallback == (denies ? .deny : .allow), "deadline", "\(question.id): \(question.fallback)")
        asked[question.id]!.seats[client] = Seat(vendor: vendor, terms: terms, deadline: question.deadline)
        let ofVendor = open.flatMap { asked[$0]!.seats.values }.filter { $0.vendor == vendor && $0.verdict == nil }
        check(ofVendor.count <= limits.questionsInFlight, "limits", "\(ofVendor.count) of \(vendor) in flight")
        let count = open.count
        check(count <= limits.allQuestionsInFlight, "limits", "\(count) in flight")
    }

    private mutating func settle(_ id: UInt64, _ outcome: QuestionOutcome, now: UInt64) {
        guard let question = asked[id] else { return check(false, "one verdict", "on \(id), which wasn't asked") }
        check(!question.isSettled, "one verdict", "a second one on \(id)")
        asked[id]!.isSettled = true
        open.remove(id)
        settledNow.insert(id)
        let latest = question.seats.values.map(\.deadline).max() ?? question.at
        check(now <= latest + ArbitrationLimits.settlementGrace, "in time", "\(id) \(now - latest) ns late")
        if let overruled = question.overruled {
            return check(outcome.verdict == overruled, "overruled", "\(id) got \(outcome)")
        }
        if outcome.cause == .exempt {
            return check(question.seed.exemption != .none && question.entitled.isEmpty, "exempt", "\(id)")
        }
        let votes = question.seats.values.map(\.verdict)
        let isByPolicy = question.seed.isByPolicy
        let denies =
            question.seats.values.contains(where: \.denies)
            || outcome.votes.contains {
                $0.verdict == .deny && (!isByPolicy || $0.source.isAnswer || $0.source == .queueFull)
            }
        if isByPolicy, !denies {
            let isAllowed = outcome.votes.contains { $0.source.isAnswer } || question.seed.fallback == .allow
            check(outcome.verdict == (isAllowed ? .allow : .deny), "rule", "\(id) got \(outcome)")
        }
        let isAnswered = outcome.votes.contains { $0.source.isAnswer }
        if outcome.verdict == .allow {
            check(!denies, "deny wins", "\(id) allowed against a deny: \(outcome)")
            check(!votes.contains(nil), "deny wins", "\(id) allowed before everyone had a say")
            check(
                outcome.votes.count == question.entitled.count, "entitled",
                "\(id) allowed by \(outcome.votes.count) of \(question.entitled.count)")
            check(isAnswered || question.seed.fallback == .allow, "fallback", "\(id) allowed though nobody answered")
        } else {
            check(
                denies || !isAnswered && question.seed.fallback == .deny, "deny has a reason", "\(id): \(outcome)")
        }
        for vote in outcome.votes { check(vote, of: question, id, now: now) }
    }

    /// Each vote that isn't an answer of now is what the rules say.
    private mutating func check(
        _ vote: QuestionOutcome.Vote, of question: Asked, _ id: UInt64, now: UInt64
    ) {
        switch vote.source {
        case .queueFull:
            let declared = question.full.compactMap { question.entitled[$0]?.queueFull }
            check(declared.contains(vote.verdict), "full", "\(id) \(vote) was not declared, or not reported")
            check(!declared.contains(.deny) || vote.verdict == .deny || declared.contains(.allow), "full", "\(id)")
        case .clientLost, .timedOut:
            guard !question.seed.isByPolicy else {
                return check(vote.verdict == question.seed.fallback, "rule", "\(id) \(vote) isn't the rule's")
            }
            let seats = question.seats.values.filter { $0.vendor == vote.vendor }
            check(
                seats.contains { $0.terms.fallback == vote.verdict }, "lost client", "\(id) \(vote) is not its default")
        case .demoted:
            let isDemoted = (question.isBeingAsked ? demoted : question.demoted).contains(vote.vendor)
            check(isDemoted, "demoted", "\(vote.vendor) isn't")
        case .cached:
            let until = question.seed.content.flatMap { kept[vote.vendor]?[$0]?[vote.verdict] } ?? 0
            let isKept = question.isBeingAsked ? until > now : question.allowedBefore.contains(vote.vendor)
            check(isKept, "cached", "\(id) \(vote) was never said")
        case .answered:
            check(question.seats.values.contains { $0.verdict == vote.verdict }, "answers", "\(id) \(vote)")
        case .platformStopping: check(isStopping, "stopping", "\(id) \(vote)")
        }
    }

    /// Who ought to have a say and wasn't asked has a vote by another rule.
    private mutating func finishAsk(now: UInt64) {
        let id = lastID
        asked[id]!.demoted = demoted
        asked[id]!.isBeingAsked = false
        let question = asked[id]!
        guard !question.isSettled else { return }
        check(!question.seats.isEmpty, "in time", "\(id) was put to nobody")
        for client in question.entitled.keys where question.seats[client] == nil && !question.full.contains(client) {
            guard let vendor = clients[client]?.vendor else { continue }
            let until = question.seed.content.flatMap { kept[vendor]?[$0]?[.allow] } ?? 0
            if until > now { asked[id]!.allowedBefore.insert(vendor) }
            let isDemoted = demoted.contains(vendor)
            check(until > now || isDemoted, "entitled", "\(id) wasn't put to \(client)")
        }
    }
}
