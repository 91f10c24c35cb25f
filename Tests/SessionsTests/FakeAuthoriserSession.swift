// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import Handover
import LinuxSystem
import Sessions
import Synchronization

/// An agent's session that the test feeds and whose answers it reads.
final class FakeAuthoriserSession: AuthoriserSession {
    private struct State {
        var queue: [AuthoriserMessage] = []
        var waiter: CheckedContinuation<[AuthoriserMessage]?, Never>?
        var answers: [UInt64: [Answer]] = [:]
        var cancelled = false
        var channel: PacketChannel?
        var isByChannel = false
        /// Messages that went by the channel.
        var packets = 0
    }

    let authorisation: Authorisation
    let caller: Caller
    let refusal: PlatformError? = nil
    private let state = Mutex(State())

    private let channels: FakeChannels?

    init(_ authorisation: Authorisation, _ caller: Caller, channels: FakeChannels? = nil) {
        self.channels = channels
        self.authorisation = authorisation
        self.caller = caller
    }

    let terms = AuthorisationTerms(deadlineMilliseconds: 250, questionsInFlight: 16, notes: ["a note"])
    var answers: [UInt64: [Answer]] { state.withLock { $0.answers } }
    var isCancelled: Bool { state.withLock { $0.cancelled } }

    /// Messages that went by the channel.
    var packets: Int { state.withLock { $0.packets } }
    var isByChannel: Bool { state.withLock { $0.isByChannel } }

    func offerChannel() -> ChannelOffer? {
        guard let (channel, offer) = channels?.offer(to: caller.peer.pid) else { return nil }
        state.withLock { $0.channel = channel }
        let thread = try? SystemThread(name: "channel") { [self] in
            channel.run { bytes in
                switch try? AuthoriserPacket(bytes) {
                case .beginning: state.withLock { $0.isByChannel = true }
                case .answer(let question, let answer): self.answer(question, with: answer)
                case nil: return false
                }
                return true
            }
        }
        thread?.detach()
        return offer
    }

    func tell(_ message: AuthoriserMessage) {
        if let channel = state.withLock({ $0.isByChannel ? $0.channel : nil }) {
            state.withLock { $0.packets += 1 }
            _ = channel.send(message.packet ?? [])
            return
        }
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
            state.channel?.close()
            state.cancelled = true
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
    }
}
