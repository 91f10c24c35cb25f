// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sessions
import Synchronization

/// An agent's session that the test feeds and whose answers it reads.
final class FakeAuthoriserSession: AuthoriserSession {
    private struct State {
        var queue: [AuthoriserMessage] = []
        var waiter: CheckedContinuation<[AuthoriserMessage]?, Never>?
        var answers: [UInt64: [Answer]] = [:]
        var cancelled = false
    }

    let authorisation: Authorisation
    let caller: Caller
    let refusal: PlatformError? = nil
    private let state = Mutex(State())

    init(_ authorisation: Authorisation, _ caller: Caller) {
        self.authorisation = authorisation
        self.caller = caller
    }

    let terms = AuthorisationTerms(deadlineMilliseconds: 250, questionsInFlight: 16, notes: ["a note"])
    var answers: [UInt64: [Answer]] { state.withLock { $0.answers } }
    var isCancelled: Bool { state.withLock { $0.cancelled } }

    func tell(_ message: AuthoriserMessage) {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter.take() else {
                state.queue.append(message)
                return CheckedContinuation<[AuthoriserMessage]?, Never>?.none
            }
            return waiter
        }
        waiter?.resume(returning: [message])
    }

    func next() async -> [AuthoriserMessage]? {
        await withCheckedContinuation { continuation in
            let answer: [AuthoriserMessage]?? = state.withLock { state in
                if state.cancelled { return .some(nil) }
                guard state.queue.isEmpty else {
                    defer { state.queue = [] }
                    return state.queue
                }
                state.waiter = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func answer(_ question: UInt64, with answer: Answer) {
        state.withLock { $0.answers[question, default: []].append(answer) }
    }

    func cancel() {
        let waiter = state.withLock { state in
            state.cancelled = true
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
    }
}
