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
    /// Makes a channel for the agent; `nil` where it may have none.
    private let makeChannel: @Sendable () throws -> (channel: QuestionChannel, offer: ChannelOffer)?

    private struct State {
        var questions: [Question] = []
        /// Questions that were handed over and not answered or retracted since.
        var read: Set<UInt64> = []
        var retractions: [Retraction] = []
        var notices: [AuthoriserNotice] = []
        var waiter: CheckedContinuation<[AuthoriserMessage]?, Never>?
        var ended = false
        var refusal: PlatformError?
        /// Offered to the agent; closed with the session.
        var offered: QuestionChannel?
        /// Taken by it: messages go this way, and `next` waits for the end.
        var channel: QuestionChannel?

        var isEmpty: Bool { questions.isEmpty && retractions.isEmpty && notices.isEmpty }
    }

    init(
        client: ClientID, vendor: String, process: ProcessIdentity, deniesByDefault: Bool, terms: AuthorisationTerms,
        onAnswer: @escaping @Sendable (UInt64, Answer) -> Void, onCancel: @escaping @Sendable () -> Void,
        makeChannel: @escaping @Sendable () throws -> (channel: QuestionChannel, offer: ChannelOffer)?
    ) {
        self.makeChannel = makeChannel
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
        state.withLock { state in
            guard !state.ended else { return nil }
            switch message {
            case .question(let question): state.questions.append(question)
            case .retraction(let retraction):
                // One that it was never told of needs no retraction.
                state.questions.removeAll { $0.id == retraction.question }
                if state.read.remove(retraction.question) != nil { state.retractions.append(retraction) }
            case .notice(let notice):
                if state.notices.count >= Self.maxNotices { state.notices.removeFirst() }
                state.notices.append(notice)
            }
            if let channel = state.channel { return { channel.flush(self) } }
            guard let waiter = state.waiter, !state.isEmpty else { return nil }
            state.waiter = nil
            let batch = Self.batch(&state)
            return { waiter.resume(returning: batch) }
        }
    }

    func next() async -> [AuthoriserMessage]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> [AuthoriserMessage]?? in
                    if !state.isEmpty, state.channel == nil { return .some(Self.batch(&state)) }
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
        state.withLock { state in
            state.read.remove(question)
            // Who answers what it hasn't read needn't read it.
            state.questions.removeAll { $0.id == question }
        }
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
        let (waiter, channel) = state.withLock { state in
            state.ended = true
            if state.refusal == nil { state.refusal = refusal }
            defer {
                state.waiter = nil
                state.channel = nil
                state.offered = nil
            }
            return (state.waiter, state.offered)
        }
        channel?.close()
        waiter?.resume(returning: nil)
    }

    // MARK: By a channel

    func offerChannel() -> ChannelOffer? {
        // Without one it goes on as ever.
        guard let (channel, offer) = try? makeChannel(), (try? channel.start(for: self)) != nil else { return nil }
        let isEnded = state.withLock { state in
            if !state.ended { state.offered = channel }
            return state.ended
        }
        if isEnded { channel.close() }
        return offer
    }

    /// Messages go by this channel from now on.
    func attach(_ channel: QuestionChannel) { state.withLock { if !$0.ended { $0.channel = channel } } }

    /// The next message for the channel.
    func take() -> AuthoriserMessage? {
        state.withLock { state in
            guard !state.ended else { return nil }
            // In the order of `batch`.
            if !state.retractions.isEmpty { return .retraction(state.retractions.removeFirst()) }
            if !state.notices.isEmpty { return .notice(state.notices.removeFirst()) }
            guard !state.questions.isEmpty else { return nil }
            let question = state.questions.removeFirst()
            state.read.insert(question.id)
            return .question(question)
        }
    }

    /// The channel had no room for it.
    func putBack(_ message: AuthoriserMessage) {
        state.withLock { state in
            switch message {
            case .question(let question):
                // Retracted meanwhile: it needn't be told of at all.
                if state.read.remove(question.id) != nil {
                    state.questions.insert(question, at: 0)
                } else {
                    state.retractions.removeAll { $0.question == question.id }
                }
            case .retraction(let retraction): state.retractions.insert(retraction, at: 0)
            case .notice(let notice):
                if state.notices.count < Self.maxNotices { state.notices.insert(notice, at: 0) }
            }
        }
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
