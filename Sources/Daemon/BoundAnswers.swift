// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Synchronization

/// One agent's allows that are bound to a content, until it is known whether the file's is that one.
///
/// A file takes a while to be read. It is read by a thread of this agent's own, which is there while there is something to
/// do: other agents' answers, and this one's that aren't bound, don't wait for it.
final class BoundAnswers: Sendable {
    /// Larger files have no digest here: an allow that is bound to one doesn't count. Bytes.
    static let sizeLimit = 64 << 20
    /// Questions are answered before digests are taken.
    private static let nice: Int32 = 10

    private struct State {
        var waiting: [(question: UInt64, answer: Answer)] = []
        /// Those, and the one that is looked at: one answer to each question waits at a time.
        var questions: Set<UInt64> = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let take: @Sendable (UInt64, Answer) -> Void

    /// - Parameter take: finds out about the content and passes the answer on; called on the thread.
    init(_ take: @escaping @Sendable (UInt64, Answer) -> Void) { self.take = take }

    /// - Returns: false when an answer to the question waits already.
    func add(_ question: UInt64, _ answer: Answer) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            guard state.questions.insert(question).inserted else { return (false, false) }
            state.waiting.append((question, answer))
            defer { state.isRunning = true }
            return (true, !state.isRunning)
        }
        guard starts else { return isTaken }
        do {
            try SystemThread(name: "bound-answers") { [self] in
                SystemThread.setNice(Self.nice)
                run()
            }.detach()
        } catch {
            // No thread is to be had: the caller waits rather than that an answer is lost.
            run()
        }
        return true
    }

    /// The agent is gone: nothing more is read for it.
    func cancel() { state.withLock { $0.waiting = [] } }

    private func run() {
        while let (question, answer) = next() {
            take(question, answer)
            state.withLock { _ = $0.questions.remove(question) }
        }
    }

    private func next() -> (question: UInt64, answer: Answer)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
