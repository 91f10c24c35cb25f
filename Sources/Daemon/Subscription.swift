// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// One subscriber's queue.
final class Subscription: EventSubscription {
    /// Elements kept for a subscriber that doesn't read.
    static let maxQueued = 65_536
    /// Bytes of these, about: an event with many arguments is some 100 times a small one.
    static let maxQueuedBytes = 64 << 20
    /// Elements handed over at once.
    static let maxBatch = 512

    let filter: EventFilter
    private let state = Mutex(State())
    private let onCancel: @Sendable (Subscription) -> Void

    private struct State {
        var queue: [StreamElement] = []
        var queuedBytes = 0
        var lost: [EndpointModel.Operation: UInt64] = [:]
        var lostDenials: UInt64 = 0
        var firstLost: UInt64?
        var lastLost: UInt64 = 0
        var waiter: CheckedContinuation<[StreamElement]?, Never>?
        var ended = false
    }

    init(filter: EventFilter, onCancel: @escaping @Sendable (Subscription) -> Void) {
        self.filter = filter
        self.onCancel = onCancel
    }

    func offer(_ elements: [StreamElement]) {
        let ready = state.withLock { state -> (CheckedContinuation<[StreamElement]?, Never>, [StreamElement])? in
            for element in elements { Self.take(element, filter, &state) }
            guard let waiter = state.waiter, let batch = Self.batch(&state) else { return nil }
            state.waiter = nil
            return (waiter, batch)
        }
        if let (waiter, batch) = ready { waiter.resume(returning: batch) }
    }

    func next() async -> [StreamElement]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> [StreamElement]?? in
                    if let batch = Self.batch(&state) { return .some(batch) }
                    if state.ended { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel()
        }
    }

    func cancel() {
        end()
        onCancel(self)
    }

    /// No more elements come; who waits gets `nil`.
    func end() {
        let waiter = state.withLock { state in
            state.ended = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    private static func take(_ element: StreamElement, _ filter: EventFilter, _ state: inout State) {
        guard !state.ended else { return }
        switch element {
        case .gap(let gap):
            // One gap after another is one: a reader that stands still must not cost more with every loss.
            if case .gap(var last)? = state.queue.last, last.place == gap.place {
                last.absorb(gap)
                state.queue[state.queue.count - 1] = .gap(last)
            } else {
                append(element, &state)
            }
        case .event(let event):
            guard filter.admits(event) else { return }
            if state.queue.count < maxQueued, state.queuedBytes < maxQueuedBytes, state.firstLost == nil {
                append(element, &state)
                return
            }
            // From the first loss on everything is lost until the gap has been queued: order stays true.
            state.lost[event.operation, default: 0] += 1
            if event.decision.verdict == .deny { state.lostDenials += 1 }
            if state.firstLost == nil { state.firstLost = event.sequence }
            state.lastLost = max(state.lastLost, event.sequence)
        }
    }

    private static func append(_ element: StreamElement, _ state: inout State) {
        state.queue.append(element)
        state.queuedBytes += element.approximateSize
    }

    private static func batch(_ state: inout State) -> [StreamElement]? {
        if let first = state.firstLost, state.queue.count < maxQueued / 2, state.queuedBytes < maxQueuedBytes / 2 {
            let gap = Gap(
                place: .subscriber, missing: first...max(first, state.lastLost), counts: state.lost,
                denied: state.lostDenials)
            append(.gap(gap), &state)
            state.lost = [:]
            state.lostDenials = 0
            state.firstLost = nil
            state.lastLost = 0
        }
        guard !state.queue.isEmpty else { return nil }
        let batch = Array(state.queue.prefix(maxBatch))
        state.queue.removeFirst(batch.count)
        state.queuedBytes -= batch.reduce(0) { $0 + $1.approximateSize }
        return batch
    }
}
