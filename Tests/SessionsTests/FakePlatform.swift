// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// A platform without a kernel: policies in memory, events from the test.
final class FakePlatform: Platform {
    private struct State {
        var status = Samples.status
        var policies: [InstalledPolicy] = []
        var bundles: [SignedPolicyBundle] = []
        var processes: [Process] = []
        var refusal: PlatformError?
        var subscriptions: [FakeSubscription] = []
        var filters: [EventFilter] = []
        var calls = 0
        var channels: FakeChannels?

        var authorisers: [FakeAuthoriserSession] = []
    }

    private let state = Mutex(State())
    /// When set, `status` never answers.
    let silent: Bool
    /// When set, subscriptions produce this batch for ever.
    let endless: [StreamElement]?

    init(silent: Bool = false, endless: [StreamElement]? = nil) {
        self.silent = silent
        self.endless = endless
    }

    var subscriptions: [FakeSubscription] { state.withLock { $0.subscriptions } }
    var bundles: [SignedPolicyBundle] { state.withLock { $0.bundles } }
    var filters: [EventFilter] { state.withLock { $0.filters } }
    var calls: Int { state.withLock { $0.calls } }

    func have(processes: [Process]) { state.withLock { $0.processes = processes } }
    func refuse(_ refusal: PlatformError?) { state.withLock { $0.refusal = refusal } }

    func status() async -> PlatformStatus {
        if silent { try? await Task.sleep(for: .seconds(60)) }
        return state.withLock {
            $0.calls += 1
            return $0.status
        }
    }

    func coverage() async -> Coverage { Samples.coverage }

    func apply(_ policies: [Policy], by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        try refuseIfAsked()
        return state.withLock { state in
            for policy in policies {
                state.policies.removeAll { $0.policy.name == policy.name }
                state.policies.append(InstalledPolicy(policy: policy, installedAt: 1_700_000_000_123_456_789))
            }
            return Samples.receipt(policies: state.policies.count)
        }
    }

    func remove(policy name: String, by caller: CallerIdentity) async throws(PlatformError) -> PolicyReceipt {
        try refuseIfAsked()
        let removed = state.withLock { state in
            let before = state.policies.count
            state.policies.removeAll { policy in
                var isOwn = true
                if case .vendor(let vendor) = caller { isOwn = policy.policy.vendor == vendor.name }
                return policy.policy.name == name && isOwn
            }
            return state.policies.count < before
        }
        guard removed else { throw PlatformError(.policyNotFound, "no policy \(name)") }
        return state.withLock { Samples.receipt(policies: $0.policies.count) }
    }

    func apply(_ bundle: SignedPolicyBundle) async throws(PlatformError) -> PolicyReceipt {
        try refuseIfAsked()
        state.withLock { $0.bundles.append(bundle) }
        return Samples.receipt(policies: 1)
    }

    func policies() async -> [InstalledPolicy] { state.withLock { $0.policies } }
    func processes() async -> [Process] { state.withLock { $0.processes } }

    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer {
        RingOffer(
            subscription: try await subscribe(filter), socket: "/nowhere", token: [UInt8](repeating: 7, count: 32),
            layout: 1, processes: [])
    }

    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription {
        try refuseIfAsked()
        return state.withLock { state in
            let subscription = FakeSubscription(endless: endless)
            state.subscriptions.append(subscription)
            state.filters.append(filter)
            return subscription
        }
    }

    func process(_ identity: ProcessIdentity) async -> (process: Process, ancestors: [Process])? {
        let processes = await processes()
        guard let process = processes.first(where: { $0.identity.pid == identity.pid }) else { return nil }
        return (process, processes.filter { $0.identity.pid == process.parent?.pid })
    }

    let boot = "5e0f7d1c-0000-4000-8000-000000000001"
    let limits = [NamedLimit("deadline-maximum", 60_000, "milliseconds")]

    func authorise(
        _ authorisation: Authorisation, for caller: Caller
    ) async throws(PlatformError) -> any AuthoriserSession {
        try refuseIfAsked()
        let session = FakeAuthoriserSession(authorisation, caller, channels: state.withLock { $0.channels })
        state.withLock { $0.authorisers.append(session) }
        return session
    }

    func flushVerdicts(of caller: CallerIdentity) async -> UInt64 { 7 }

    var authorisers: [FakeAuthoriserSession] { state.withLock { $0.authorisers } }

    /// Where agents are offered channels from now on.
    func offer(_ channels: FakeChannels) { state.withLock { $0.channels = channels } }

    private func refuseIfAsked() throws(PlatformError) {
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    }
}

/// A subscription that the test feeds, or that never runs dry.
final class FakeSubscription: EventSubscription {
    private struct State {
        var queue: [[StreamElement]] = []
        var waiter: CheckedContinuation<[StreamElement]?, Never>?
        var cancelled = false
        var taken = 0
    }

    private let state = Mutex(State())
    private let endless: [StreamElement]?

    init(endless: [StreamElement]?) {
        self.endless = endless
    }

    var isCancelled: Bool { state.withLock { $0.cancelled } }
    /// Batches that the server has taken so far.
    var taken: Int { state.withLock { $0.taken } }

    func feed(_ elements: [StreamElement]) {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter.take() else {
                state.queue.append(elements)
                return CheckedContinuation<[StreamElement]?, Never>?.none
            }
            state.taken += 1
            return waiter
        }
        waiter?.resume(returning: elements)
    }

    func mark(_ marker: UInt64) throws(PlatformError) { feed([.sync(marker)]) }

    func next() async -> [StreamElement]? {
        await withCheckedContinuation { continuation in
            let answer: [StreamElement]?? = state.withLock { state in
                if state.cancelled { return .some(nil) }
                if let endless {
                    state.taken += 1
                    return endless
                }
                if state.queue.isEmpty {
                    state.waiter = continuation
                    return nil
                }
                state.taken += 1
                return state.queue.removeFirst()
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func cancel() {
        let waiter = state.withLock { state in
            state.cancelled = true
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
    }
}
