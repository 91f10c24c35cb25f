// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import GRPCCore
import Glibc
import SallyportAPI
import SwiftProtobuf

extension SallyportClient {
    /// Answers questions: operations that are held until this agent has said whether they may go on.
    ///
    /// ```swift
    /// try await client.answer(Authorisation(operations: [.processExec], fallback: .allow)) { question in
    ///     question.file.path.text.hasPrefix("/tmp/") ? Answer(.deny, reason: "no code from /tmp") : Answer(.allow)
    /// }
    /// ```
    ///
    /// `decide` is called once for each question, in a task of its own; what it returns is the answer, so that none is
    /// forgotten or given twice. The task is cancelled when the question needs no answer any more: its deadline has
    /// passed and the fallback was applied, another vendor has denied it, or who attempted it is gone. What `decide`
    /// returns then is dropped.
    ///
    /// Where the platform offers it, questions and answers go by a channel of packets, without gRPC in between: to root's
    /// agents on the same machine. That changes nothing but how long it takes.
    ///
    /// - Parameters:
    ///   - authorisation: What to be asked, and what applies where no answer comes.
    ///   - ready: Called once, when the platform asks from now on.
    ///   - notice: Called for what happens to this agent, such as a missed deadline (`strike`).
    ///   - reconnecting: Whether to begin again when the platform stops or breaks off and is back; `ready` is called each
    ///     time then.
    ///   - byChannel: Whether to take a channel.
    ///   - decide: Gives the answer to a question.
    /// - Throws: `SallyportError`, when the platform refuses or ends, or the task is cancelled. It doesn't return otherwise.
    public func answer(
        _ authorisation: Authorisation, ready: @escaping @Sendable (AuthorisationTerms) -> Void = { _ in },
        notice: @escaping @Sendable (AuthoriserNotice) -> Void = { _ in }, reconnecting: Bool = false,
        byChannel: Bool = true, _ decide: @escaping @Sendable (Question) async -> Answer
    ) async throws(SallyportError) {
        while true {
            do {
                try await answerOnce(authorisation, ready, notice, byChannel: byChannel, decide)
            } catch {
                guard reconnecting, error.isPassing else { throw error }
            }
            guard (try? await Task.sleep(for: FollowedEvents.firstPause)) != nil else {
                throw SallyportError(.cancelled, "the call was cancelled")
            }
        }
    }

    private func answerOnce(
        _ authorisation: Authorisation, _ ready: @escaping @Sendable (AuthorisationTerms) -> Void,
        _ notice: @escaping @Sendable (AuthoriserNotice) -> Void, byChannel: Bool,
        _ decide: @escaping @Sendable (Question) async -> Answer
    ) async throws(SallyportError) {
        let (requests, outbox) = AsyncStream<Sallyport_V1_AuthorizeRequest>.makeStream()
        var first = Sallyport_V1_Authorization(authorisation)
        // Others than root can't open the hand-over socket.
        first.channel = byChannel && geteuid() == 0
        outbox.yield(.with { [first] in $0.authorization = first })
        var options = callOptions
        options.timeout = nil
        try await calling {
            try await Sallyport_V1_Authorizer.Client(wrapping: client).authorize(
                options: options,
                requestProducer: { writer in
                    for await request in requests { try await writer.write(request) }
                },
                onResponse: { response in
                    defer { outbox.finish() }
                    let session = AnswerSession(notice: notice, decide: decide) { answer, question in
                        outbox.yield(.with { $0.answer = Sallyport_V1_Answer(answer, to: question) })
                    }
                    do {
                        for try await message in response.messages {
                            if case .ready(let terms)? = message.element {
                                session.takeChannel(terms.channel)
                                ready(AuthorisationTerms(terms))
                            } else if let message = try AuthoriserMessage(ofAnyVersion: message) {
                                session.receive(message)
                            }
                        }
                    } catch {
                        await session.end()
                        throw error
                    }
                    await session.end()
                })
        }
        throw SallyportError(Task.isCancelled ? .cancelled : .unreachable, "the platform has ended the questions")
    }

    /// Has the platform forget what this vendor's answers left in its cache, so that it asks again.
    ///
    /// - Returns: how many cached verdicts were dropped.
    public func flushAnswers() async throws(SallyportError) -> UInt64 {
        try await calling {
            try await Sallyport_V1_Authorizer.Client(wrapping: client)
                .flush(Sallyport_V1_FlushRequest(), options: callOptions).dropped
        }
    }
}
