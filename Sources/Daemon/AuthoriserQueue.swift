// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Sessions
import Synchronization

/// What is to be told to one agent that is asked. Nobody waits for it: its questions' deadlines run on in the arbiter.
///
/// Bounded by what it may have in flight: a question leaves it when it is read or retracted, retractions are told only of
/// questions that were read, and of notices the last ones are kept.
final class AuthoriserQueue: AuthoriserSession {
    /// Notices kept for an agent that doesn't read.
    static let maxNotices = 256
    /// Messages handed over at once.
    static let maxBatch = 256

    let client: ClientID
    let vendor: String
    /// The agent, as it was when it began to be asked.
    let process: ProcessIdentity
    /// Whether it declared a deny for questions that it doesn't answer.
    let deniesByDefault: Bool
    let terms: AuthorisationTerms
    private let state = Mutex(State())
    private let onAnswer: @Sendable (UInt64, Answer) -> Void
    private let onCancel: @Sendable () -> Void

    private struct State {
        var questions: [Question] = []
        /// Questions that were handed over and not answered or retracted since.
        var read: Set<UInt64> = []
        var retractions: [Retraction] = []
        var notices: [AuthoriserNotice] = []
        var waiter: CheckedContinuation<[AuthoriserMessage]?, Never>?
        var ended = false
        var refusal: PlatformError?

        var isEmpty: Bool { questions.isEmpty && retractions.isEmpty && notices.isEmpty }
    }

    init(
        client: ClientID, vendor: String, process: ProcessIdentity, deniesByDefault: Bool, terms: AuthorisationTerms,
        onAnswer: @escaping @Sendable (UInt64, Answer) -> Void, onCancel: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.vendor = vendor
        self.process = process
        self.deniesByDefault = deniesByDefault
        self.terms = terms
        self.onAnswer = onAnswer
        self.onCancel = onCancel
    }

    var refusal: PlatformError? { state.withLock { $0.refusal } }

    /// Takes a message in. The closure wakes the reader, and is to be called when no lock is held.
    func offer(_ message: AuthoriserMessage) -> (@Sendable () -> Void)? {
        let ready = state.withLock {
            state -> (CheckedContinuation<[AuthoriserMessage]?, Never>, [AuthoriserMessage])? in
            guard !state.ended else { return nil }
            switch message {
            case .question(let question): state.questions.append(question)
            case .retraction(let retraction):
                if state.read.remove(retraction.question) != nil {
                    state.retractions.append(retraction)
                } else {
                    // It was never told of.
                    state.questions.removeAll { $0.id == retraction.question }
                }
            case .notice(let notice):
                if state.notices.count == Self.maxNotices { state.notices.removeFirst() }
                state.notices.append(notice)
            }
            guard let waiter = state.waiter, !state.isEmpty else { return nil }
            state.waiter = nil
            return (waiter, Self.batch(&state))
        }
        guard let (waiter, batch) = ready else { return nil }
        return { waiter.resume(returning: batch) }
    }

    func next() async -> [AuthoriserMessage]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> [AuthoriserMessage]?? in
                    if !state.isEmpty { return .some(Self.batch(&state)) }
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

    func answer(_ question: UInt64, with answer: Answer) {
        state.withLock { _ = $0.read.remove(question) }
        onAnswer(question, answer)
    }

    /// An answer didn't count, and the question is still open: its end is to be told of.
    func reopen(_ question: UInt64) { state.withLock { _ = $0.read.insert(question) } }

    func cancel() {
        end(nil)
        onCancel()
    }

    /// No more messages come; who waits gets `nil`.
    func end(_ refusal: PlatformError?) {
        let waiter = state.withLock { state in
            state.ended = true
            if state.refusal == nil { state.refusal = refusal }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Retractions first: they may spare the agent work.
    private static func batch(_ state: inout State) -> [AuthoriserMessage] {
        var batch = state.retractions.map(AuthoriserMessage.retraction) + state.notices.map(AuthoriserMessage.notice)
        state.retractions = []
        state.notices = []
        let questions = state.questions.prefix(max(1, maxBatch - batch.count))
        state.questions.removeFirst(questions.count)
        state.read.formUnion(questions.map(\.id))
        batch += questions.map(AuthoriserMessage.question)
        return batch
    }
}
