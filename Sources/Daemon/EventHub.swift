// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// Hands events to every subscriber through a bounded queue of its own: a slow one loses its own events, with a gap
/// record that says how many, and holds nobody up.
///
/// ## Concurrency model
/// `publish` is called by the sensor's and the gate's threads; `next` by one task a subscription. Each queue has its
/// own mutex; no continuation is resumed under it. A change of interest may attach kernel programs, which takes a
/// while: it has a mutex of its own, taken before the one that `publish` needs.
final class EventHub: Sendable {
    /// Subscribers at a time.
    static let maxSubscribers = 64

    private let state = Mutex(State())
    /// Held from a change of subscribers until it is announced: of two changes at once the later one is told last.
    private let announcing = Mutex(())
    /// Called when the set of operations that anybody listens to has changed; it doesn't call back.
    private let interestChanged: @Sendable (Set<EndpointModel.Operation>) -> Void

    private struct State {
        var subscribers: [ObjectIdentifier: Subscription] = [:]
        var stopped = false
    }

    init(interestChanged: @escaping @Sendable (Set<EndpointModel.Operation>) -> Void) {
        self.interestChanged = interestChanged
    }

    func subscribe(_ filter: EventFilter) throws(PlatformError) -> Subscription {
        let subscription = Subscription(filter: filter) { [weak self] subscription in self?.remove(subscription) }
        let error = change { state -> PlatformError? in
            guard !state.stopped else { return PlatformError(.stopping, "the platform is stopping") }
            guard state.subscribers.count < Self.maxSubscribers else {
                return PlatformError(
                    .subscriberLimit,
                    "there are \(Self.maxSubscribers) subscribers already (maxSubscribers): end one and try again")
            }
            state.subscribers[ObjectIdentifier(subscription)] = subscription
            return nil
        }
        if let error { throw error }
        return subscription
    }

    func publish(_ elements: [StreamElement]) {
        let subscribers = state.withLock { Array($0.subscribers.values) }
        for subscriber in subscribers { subscriber.offer(elements) }
    }

    /// Ends every subscription; what is queued can still be read.
    func stop() {
        let subscribers = state.withLock { state in
            state.stopped = true
            defer { state.subscribers.removeAll() }
            return Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.end() }
    }

    private func remove(_ subscription: Subscription) {
        change { state in state.subscribers[ObjectIdentifier(subscription)] = nil }
    }

    /// Changes the subscribers and tells what they listen to now.
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        announcing.withLock { _ in
            let (result, interest) = state.withLock { state in (body(&state), Self.interest(state)) }
            interestChanged(interest)
            return result
        }
    }

    private static func interest(_ state: State) -> Set<EndpointModel.Operation> {
        state.subscribers.values.reduce(into: []) { interest, subscriber in
            // Who wants denials only needs no report of what is allowed.
            guard !subscriber.filter.deniedOnly else { return }
            interest.formUnion(
                subscriber.filter.operations.isEmpty
                    ? Set(EndpointModel.Operation.allCases) : subscriber.filter.operations)
        }
    }
}
