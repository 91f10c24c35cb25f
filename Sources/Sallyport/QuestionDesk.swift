// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// The questions that are being decided: each has a task, which answers once or is cancelled.
final class QuestionDesk: Sendable {
    private struct Entry {
        var task: Task<Void, Never>
        var isWanted = true
    }

    private struct State {
        /// Being decided, wanted or not.
        var open: [UInt64: Entry] = [:]
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let decide: @Sendable (Question) async -> Answer
    private let send: @Sendable (Answer, UInt64) -> Void

    init(
        decide: @escaping @Sendable (Question) async -> Answer, send: @escaping @Sendable (Answer, UInt64) -> Void
    ) {
        self.decide = decide
        self.send = send
    }

    /// Decides a question in a task of its own.
    func take(_ question: Question) {
        state.withLock { state in
            // One that was told of twice is decided once.
            guard !state.hasEnded, state.open[question.id] == nil else { return }
            // It can't end before it is noted: that takes the lock.
            let task = Task { [self] in
                let answer = await decide(question)
                let entry = self.state.withLock { $0.open.removeValue(forKey: question.id) }
                if entry?.isWanted == true { send(answer, question.id) }
            }
            state.open[question.id] = Entry(task: task)
        }
    }

    /// Cancels a question's task; its answer will not be sent.
    func retract(_ question: UInt64) {
        let task = state.withLock { state in
            state.open[question]?.isWanted = false
            return state.open[question]?.task
        }
        task?.cancel()
    }

    /// Cancels all and waits for them; no answer is sent any more.
    func end() async {
        let open = state.withLock { state in
            state.hasEnded = true
            for question in state.open.keys { state.open[question]?.isWanted = false }
            return state.open.values.map(\.task)
        }
        for task in open { task.cancel() }
        for task in open { await task.value }
    }
}
