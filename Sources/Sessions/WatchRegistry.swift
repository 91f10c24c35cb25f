// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// The open `Watch` calls, so that stopping the server can end them.
final class WatchRegistry: Sendable {
    private struct State {
        var next: UInt64 = 0
        var open: [UInt64: any EventSubscription] = [:]
        var stopping = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.open.count } }
    var isStopping: Bool { state.withLock { $0.stopping } }

    /// Takes a subscription into care. - Throws: `stopping` once `stop` was called; the subscription is cancelled then.
    func open(_ subscription: any EventSubscription) throws(PlatformError) -> Watch {
        let number: UInt64? = state.withLock { state in
            guard !state.stopping else { return nil }
            state.next += 1
            state.open[state.next] = subscription
            return state.next
        }
        guard let number else {
            subscription.cancel()
            throw PlatformError(.stopping, "the platform is stopping; watch again when it is back")
        }
        return Watch(subscription: subscription, number: number, registry: self)
    }

    /// Ends all watches and lets no new one begin.
    func stop() {
        let subscriptions = state.withLock { state in
            state.stopping = true
            return Array(state.open.values)
        }
        for subscription in subscriptions { subscription.cancel() }
    }

    fileprivate func forget(_ number: UInt64) {
        state.withLock { _ = $0.open.removeValue(forKey: number) }
    }
}

/// One `Watch` call. Its subscription ends with `close` or, when the call ended before it could write, with the object.
final class Watch: Sendable {
    let subscription: any EventSubscription
    private let number: UInt64
    private let registry: WatchRegistry

    fileprivate init(subscription: any EventSubscription, number: UInt64, registry: WatchRegistry) {
        self.subscription = subscription
        self.number = number
        self.registry = registry
    }

    deinit {
        close()
    }

    func close() {
        registry.forget(number)
        subscription.cancel()
    }
}
