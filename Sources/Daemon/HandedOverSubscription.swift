// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Subscribers
import Synchronization

/// A subscription whose ring somebody else reads: it is there to be ended, and to have markers put into it.
final class HandedOverSubscription: EventSubscription {
    private struct State {
        var isEnded = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let onMark: @Sendable (UInt64) throws(SubscriberError) -> Void
    private let onCancel: @Sendable () -> Void

    init(
        onMark: @escaping @Sendable (UInt64) throws(SubscriberError) -> Void, onCancel: @escaping @Sendable () -> Void
    ) {
        self.onMark = onMark
        self.onCancel = onCancel
    }

    deinit { onCancel() }

    /// Waits for the end.
    func next() async -> [StreamElement]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isEnded = state.withLock { state in
                    if !state.isEnded { state.waiting = continuation }
                    return state.isEnded
                }
                if isEnded { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
        return nil
    }

    func mark(_ marker: UInt64) throws(PlatformError) {
        do {
            try onMark(marker)
        } catch {
            throw PlatformError(error)
        }
    }

    func cancel() {
        end()
        onCancel()
    }

    func end() {
        let waiting = state.withLock { state in
            state.isEnded = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
