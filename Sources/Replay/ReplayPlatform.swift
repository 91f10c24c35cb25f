// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Recording
import Sessions
import Synchronization

/// A platform that says what one said before: it has no kernel and decides nothing.
final class ReplayPlatform: Platform {
    private struct State {
        var subscriptions: [ReplaySubscription] = []
        var authorisers: [ReplayAuthoriser] = []
        var processes: [Process] = []
    }

    private let header: RecordingHeader
    private let ledger: ReplayLedger
    private let asDeclared: Bool
    private let state = Mutex(State())

    init(_ header: RecordingHeader, ledger: ReplayLedger, asDeclared: Bool) {
        self.header = header
        self.ledger = ledger
        self.asDeclared = asDeclared
    }

    /// What is open.
    var calls: AgentCalls {
        state.withLock { state in
            var calls: AgentCalls = []
            if state.subscriptions.contains(where: \.queue.isOpen) { calls.insert(.watch) }
            if state.authorisers.contains(where: \.queue.isOpen) { calls.insert(.authorise) }
            return calls
        }
    }

    func send(_ content: RecordedElement.Content) {
        let (subscriptions, authorisers) = state.withLock { state in
            if case .stream(.process(let process)) = content { state.processes.append(process) }
            return (state.subscriptions, state.authorisers)
        }
        switch content {
        case .stream(let element):
            for subscription in subscriptions where subscription.queue.isOpen && subscription.wants(element) {
                ledger.sent(element)
                subscription.queue.append(element)
            }
        case .authoriser(.question(let question)):
            for authoriser in authorisers where authoriser.queue.isOpen && authoriser.wants(question) {
                var question = question
                if asDeclared { question.leave(authoriser.authorisation.deadlineMilliseconds) }
                ledger.asked(question.id, deadline: question.deadline)
                authoriser.queue.append(.question(question))
            }
        case .authoriser(let message): for authoriser in authorisers { authoriser.queue.append(message) }
        case .answer(let answer, let question): ledger.recorded(answer, to: question)
        }
    }

    /// Ends all calls, as if the service had died.
    func drop() {
        let (subscriptions, authorisers) = state.withLock { state in
            defer {
                state.subscriptions = []
                state.authorisers = []
            }
            return (state.subscriptions, state.authorisers)
        }
        for subscription in subscriptions { subscription.end() }
        for authoriser in authorisers { authoriser.end() }
    }

    // MARK: Platform

    func status() async -> PlatformStatus {
        PlatformStatus(
            ready: true, version: header.greeting.version, tier: header.greeting.coverage.tier, sealed: false,
            kernel: header.greeting.coverage.kernel, pid: 0, startedAt: header.startedAt, generation: 0, policies: 0,
            rules: 0, vendors: 1, processes: state.withLock { $0.processes.count }, events: EventCounts())
    }

    func coverage() async -> Coverage { header.greeting.coverage }
    func policies() async -> [InstalledPolicy] { [] }
    func apply(_ policies: [Policy], by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        throw Self.noPolicies
    }

    func remove(policy name: String, by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        throw Self.noPolicies
    }

    func apply(_ bundle: SignedPolicyBundle) async throws(PlatformError) -> PolicyReceipt { throw Self.noPolicies }

    private static let noPolicies = PlatformError(
        .init(rawValue: "not-available"), "a replay has no policies: try them on a real platform")

    func processes() async -> [Process] { state.withLock { $0.processes } }

    func process(_ identity: ProcessIdentity) async -> (process: Process, ancestors: [Process])? {
        let processes = await processes()
        guard let process = processes.first(where: { $0.identity.pid == identity.pid }) else { return nil }
        return (process, processes.filter { $0.identity == process.parent })
    }

    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription {
        let subscription = ReplaySubscription(filter) { [ledger] in ledger.left() }
        state.withLock { $0.subscriptions.append(subscription) }
        ledger.connected(.watch)
        return subscription
    }

    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer {
        throw PlatformError(.init(rawValue: "not-available"), "a replay has no ring to hand over: use Watch")
    }

    func authorise(
        _ authorisation: Authorisation, for caller: Caller
    ) async throws(PlatformError) -> any AuthoriserSession {
        let session = ReplayAuthoriser(authorisation) { [ledger] in
            ledger.answered($0, $1)
        } onLeave: { [ledger] in
            ledger.left()
        }
        state.withLock { $0.authorisers.append(session) }
        ledger.connected(.authorise)
        return session
    }

    func flushVerdicts(of caller: CallerIdentity) async -> UInt64 { 0 }
    var boot: String { header.greeting.boot }
    var limits: [NamedLimit] { [] }
}

extension Question {
    /// Leaves the time that its agent declared, in the proportion that its own has to a second.
    fileprivate mutating func leave(_ milliseconds: UInt32) {
        guard deadline > askedAt else { return }
        let share = min(deadline - askedAt, 1_000_000_000)
        deadline = askedAt + share / 1000 * UInt64(min(milliseconds, 60_000))
    }
}

extension ReplaySubscription {
    /// What a filter leaves out of a recording is left out of its replay; mutes were the recorded one's.
    func wants(_ element: StreamElement) -> Bool {
        switch element {
        case .event(let event):
            (filter.operations.isEmpty || filter.operations.contains(event.operation))
                && (!filter.deniedOnly || event.decision.verdict != .allow)
        case .process: filter.snapshot
        case .gap, .sync: true
        }
    }
}
