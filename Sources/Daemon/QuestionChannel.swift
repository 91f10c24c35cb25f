// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import Handover
import LinuxSystem
import Synchronization

/// The platform's end of a channel that one agent takes its questions by.
///
/// Whoever puts a question writes its packet: no task and no event loop is between. What the agent has no room for stays in
/// its queue, whose questions' deadlines run on in the arbiter.
///
/// ## Concurrency model
/// A thread reads what the agent sends. One lock is held around each sending, so that messages go in the queue's order.
final class QuestionChannel: Sendable {
    private let channel: PacketChannel
    private let sending = Mutex(())

    init(_ channel: PacketChannel) { self.channel = channel }

    /// Reads until the agent, or `close`, ends it; the session ends with it, once it has begun.
    func start(for queue: AuthoriserQueue) throws(Errno) {
        let thread = try SystemThread(name: "questions") { [self] in
            var hasBegun = false
            channel.run(room: { flush(queue) }) { bytes in
                switch try? AuthoriserPacket(bytes) {
                case .beginning:
                    hasBegun = true
                    queue.attach(self)
                    flush(queue)
                case .answer(let question, let answer) where hasBegun: queue.answer(question, with: answer)
                case .answer, nil: return false
                }
                return true
            }
            if hasBegun { queue.cancel() }
        }
        thread.detach()
    }

    /// Sends what the queue has, as far as there is room.
    func flush(_ queue: AuthoriserQueue) {
        sending.withLock { _ in
            while channel.hasRoom, let message = queue.take() {
                // What can't be encoded can't be asked; its deadline gives the fallback.
                guard let packet = message.packet else { continue }
                switch channel.send(packet) {
                case .done: continue
                case .full: return queue.putBack(message)
                // The session ends with it, and what was asked gets its fallback.
                case .ended: return channel.close()
                }
            }
        }
    }

    func close() { channel.close() }
}
