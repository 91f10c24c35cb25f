// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// The questions that are being decided: each has a task, which answers once or is cancelled.
final class QuestionDesk: Sendable {
    private let open = Mutex<[UInt64: Task<Answer, Never>]>([:])
    private let decide: @Sendable (Question) async -> Answer
    private let send: @Sendable (Answer, UInt64) -> Void

    init(
        decide: @escaping @Sendable (Question) async -> Answer, send: @escaping @Sendable (Answer, UInt64) -> Void
    ) {
        self.decide = decide
        self.send = send
    }

    /// Decides a question in a task of its own.
    func take(_ question: Question, in tasks: inout ThrowingDiscardingTaskGroup<any Error>) {
        let deciding = Task { [decide] in await decide(question) }
        open.withLock { $0[question.id] = deciding }
        tasks.addTask { [self] in
            let answer = await withTaskCancellationHandler {
                await deciding.value
            } onCancel: {
                deciding.cancel()
            }
            // Who takes the entry out answers: a question that was retracted has none any more.
            guard open.withLock({ $0.removeValue(forKey: question.id) }) != nil, !Task.isCancelled else { return }
            send(answer, question.id)
        }
    }

    /// Cancels a question's task; its answer will not be sent.
    func retract(_ question: UInt64) {
        open.withLock { $0.removeValue(forKey: question) }?.cancel()
    }
}
