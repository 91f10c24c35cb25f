// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// The streaming calls that are open, so that stopping the server can end them.
final class SessionRegistry: Sendable {
    private struct State {
        var next: UInt64 = 0
        var open: [UInt64: @Sendable () -> Void] = [:]
        /// Of these, the subscriptions to events, with whose they are.
        var subscriptions: [UInt64: (caller: Caller, subscription: any EventSubscription)] = [:]
        var lastMarker: UInt64 = 0
        var stopping = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.open.count } }
    var isStopping: Bool { state.withLock { $0.stopping } }

    /// Takes a subscription into care, with its share of the caller's quotas, which ends with it.
    ///
    /// - Throws: `stopping` once `stop` was called; the subscription is cancelled then.
    func open(
        _ subscription: any EventSubscription, of caller: Caller, taking share: QuotaShare
    ) throws(PlatformError) -> OpenSession<any EventSubscription> {
        // In this order: what is given back is free.
        let entry = try enter {
            subscription.cancel()
            share.end()
        }
        state.withLock { $0.subscriptions[entry.number] = (caller, subscription) }
        return OpenSession(session: subscription, entry: entry)
    }

    /// Puts a marker into every open subscription of a caller; its number.
    ///
    /// - Throws: what one of them says; the others have their marker then.
    func mark(for caller: Caller) throws(PlatformError) -> UInt64 {
        let (marker, subscriptions) = state.withLock { state in
            state.lastMarker += 1
            return (
                state.lastMarker, state.subscriptions.values.filter { $0.caller == caller }.map(\.subscription)
            )
        }
        // One that is full holds up none of the others' markers.
        var failure: PlatformError?
        for subscription in subscriptions {
            do throws(PlatformError) { try subscription.mark(marker) } catch { failure = error }
        }
        if let failure { throw failure }
        return marker
    }

    /// Likewise a subscription to findings.
    func open(
        _ subscription: any FindingSubscription, taking share: QuotaShare
    ) throws(PlatformError) -> OpenSession<any FindingSubscription> {
        let entry = try enter {
            subscription.cancel()
            share.end()
        }
        return OpenSession(session: subscription, entry: entry)
    }

    /// Likewise an authoriser's session.
    func open(_ session: any AuthoriserSession) throws(PlatformError) -> OpenSession<any AuthoriserSession> {
        OpenSession(session: session, entry: try enter { session.cancel() })
    }

    /// Ends all sessions and lets no new one begin.
    func stop() {
        let cancellations = state.withLock { state in
            state.stopping = true
            return Array(state.open.values)
        }
        for cancel in cancellations { cancel() }
    }

    private func enter(cancel: @escaping @Sendable () -> Void) throws(PlatformError) -> SessionEntry {
        let number: UInt64? = state.withLock { state in
            guard !state.stopping else { return nil }
            state.next += 1
            state.open[state.next] = cancel
            return state.next
        }
        guard let number else {
            cancel()
            throw PlatformError(.stopping, "the platform is stopping; try again when it is back")
        }
        return SessionEntry(number: number, registry: self, cancel: cancel)
    }

    fileprivate func forget(_ number: UInt64) {
        state.withLock { state in
            state.open[number] = nil
            state.subscriptions[number] = nil
        }
    }
}

/// One streaming call's session. It ends with `close` or, when the call ended before it could write, with the object.
final class OpenSession<Session: Sendable>: Sendable {
    let session: Session
    private let entry: SessionEntry

    fileprivate init(session: Session, entry: SessionEntry) {
        self.session = session
        self.entry = entry
    }

    deinit {
        entry.close()
    }

    func close() { entry.close() }
}

private final class SessionEntry: Sendable {
    let number: UInt64
    private let registry: SessionRegistry
    private let cancel: @Sendable () -> Void

    init(number: UInt64, registry: SessionRegistry, cancel: @escaping @Sendable () -> Void) {
        self.number = number
        self.registry = registry
        self.cancel = cancel
    }

    func close() {
        registry.forget(number)
        cancel()
    }
}
