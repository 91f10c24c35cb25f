// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// What waits to be read by one call of an agent, in order.
///
/// Not bounded: a plan holds all of it already.
final class ReplayQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiter: CheckedContinuation<[Element]?, Never>?
        var ended = false
    }

    private let state = Mutex(State())

    func append(_ element: Element) {
        let waiter = state.withLock { state in
            guard !state.ended else { return CheckedContinuation<[Element]?, Never>?.none }
            guard let waiter = state.waiter.take() else {
                state.elements.append(element)
                return nil
            }
            return waiter
        }
        waiter?.resume(returning: [element])
    }

    /// The next elements, at least one; `nil` at the end.
    func next() async -> [Element]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: [Element]?? = state.withLock { state in
                    if !state.elements.isEmpty {
                        defer { state.elements = [] }
                        return .some(state.elements)
                    }
                    if state.ended { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            end()
        }
    }

    /// - Returns: whether it hadn't ended before.
    @discardableResult
    func end() -> Bool {
        let (waiter, isFirst) = state.withLock { state in
            defer { state.ended = true }
            return (state.waiter.take(), !state.ended)
        }
        waiter?.resume(returning: nil)
        return isFirst
    }

    var isOpen: Bool { state.withLock { !$0.ended } }
}

/// A subscription to what is replayed.
final class ReplaySubscription: EventSubscription {
    let filter: EventFilter
    let queue = ReplayQueue<StreamElement>()
    private let onLeave: @Sendable () -> Void

    /// - Parameter onLeave: called when the agent ends the call.
    init(_ filter: EventFilter, onLeave: @escaping @Sendable () -> Void) {
        self.filter = filter
        self.onLeave = onLeave
    }

    func next() async -> [StreamElement]? { await queue.next() }
    func mark(_ marker: UInt64) throws(PlatformError) { queue.append(.sync(marker)) }
    func cancel() { if queue.end() { onLeave() } }
    /// Ends it as the platform does.
    func end() { queue.end() }
}

/// An agent that is asked what was asked then.
final class ReplayAuthoriser: AuthoriserSession {
    let authorisation: Authorisation
    let queue = ReplayQueue<AuthoriserMessage>()
    let refusal: PlatformError? = nil
    private let onAnswer: @Sendable (UInt64, Answer) -> Void
    private let onLeave: @Sendable () -> Void

    /// - Parameter onLeave: called when the agent ends the call.
    init(
        _ authorisation: Authorisation, onAnswer: @escaping @Sendable (UInt64, Answer) -> Void,
        onLeave: @escaping @Sendable () -> Void
    ) {
        self.authorisation = authorisation
        self.onAnswer = onAnswer
        self.onLeave = onLeave
    }

    /// Whether the agent asked to be asked this.
    func wants(_ question: Question) -> Bool {
        authorisation.operations.contains(question.operation)
            && (authorisation.access.isEmpty || question.access.isEmpty
                || !authorisation.access.isDisjoint(with: question.access))
    }

    var terms: AuthorisationTerms {
        AuthorisationTerms(
            deadlineMilliseconds: authorisation.deadlineMilliseconds, questionsInFlight: 1024,
            notes: ["this is a replay of a recording"])
    }

    func next() async -> [AuthoriserMessage]? { await queue.next() }
    func answer(_ question: UInt64, with answer: Answer) { onAnswer(question, answer) }
    func cancel() { if queue.end() { onLeave() } }
    /// Ends it as the platform does.
    func end() { queue.end() }
}
