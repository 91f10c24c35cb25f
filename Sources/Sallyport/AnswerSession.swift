// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import Handover
import LinuxSystem
import SallyportAPI
import Synchronization

/// What the platform says to an agent that answers, by its call or by a channel, and the answers.
///
/// ## Concurrency model
/// The call's task and, with a channel, a thread hand messages in; each question is decided in a task of its own.
final class AnswerSession: Sendable {
    private let desk: QuestionDesk
    private let notice: @Sendable (AuthoriserNotice) -> Void
    private let channel: ChannelBox

    /// Where the channel is, once there is one: answers go by it.
    private final class ChannelBox: Sendable {
        let current = Mutex<PacketChannel?>(nil)
    }

    /// - Parameter send: sends an answer by the call.
    init(
        notice: @escaping @Sendable (AuthoriserNotice) -> Void,
        decide: @escaping @Sendable (Question) async -> Answer,
        send: @escaping @Sendable (Answer, UInt64) -> Void
    ) {
        self.notice = notice
        let box = ChannelBox()
        channel = box
        desk = QuestionDesk(decide: decide) { answer, question in
            // Where it has no room, the call has.
            guard let channel = box.current.withLock({ $0 }),
                let packet = AuthoriserPacket.answer(question: question, answer).bytes, channel.send(packet) == .done
            else { return send(answer, question) }
        }
    }

    func receive(_ message: AuthoriserMessage) {
        switch message {
        case .question(let question): desk.take(question)
        case .retraction(let retraction): desk.retract(retraction.question)
        case .notice(let notice): self.notice(notice)
        }
    }

    /// Takes a channel that is offered; without one everything goes by the call, as it does when it can't be taken.
    func takeChannel(_ offer: Sallyport_V1_QuestionChannel) {
        guard let token = HandoverToken(Array(offer.token)), let beginning = AuthoriserPacket.beginning.bytes,
            let channel = try? HandoverClient.takeChannel(token, at: offer.socket)
        else { return }
        let thread = try? SystemThread(name: "questions") { [self] in
            channel.run { packet in
                // What isn't understood is left to its fallback, as it would be by the call.
                if let message = try? AuthoriserMessage(packet: packet) { receive(message) }
                return true
            }
        }
        guard let thread else { return }
        thread.detach()
        guard channel.send(beginning) == .done else { return channel.close() }
        self.channel.current.withLock { $0 = channel }
    }

    /// Cancels what is being decided and waits for it.
    func end() async {
        channel.current.withLock { $0 }?.close()
        await desk.end()
    }
}
