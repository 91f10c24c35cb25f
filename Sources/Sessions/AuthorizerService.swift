// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import FoundationEssentials
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Authorizer`: questions to agents, and their answers.
///
/// ## Concurrency model
/// A call has two tasks: one reads answers and hands them to the session, the other takes from the session and writes. An
/// agent that doesn't read holds up only the second, whose session is bounded by `questions-in-flight`; its deadlines run
/// on in the platform whatever becomes of either.
struct AuthorizerService: Sallyport_V1_Authorizer.ServiceProtocol {
    let platform: any Platform
    let sessions: SessionRegistry

    func authorize(
        request: StreamingServerRequest<Sallyport_V1_AuthorizeRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_AuthorizeResponse> {
        let caller = try Caller.required()
        let requests = request.messages
        return StreamingServerResponse { writer in
            // The first request decides; nothing is written before.
            var iterator = requests.makeAsyncIterator()
            guard case .authorization(let message)? = try await iterator.next()?.element else {
                throw RPCError(ValueError.missing(field: "authorization"))
            }
            let open = try await answering {
                try sessions.open(try await begin(message, caller))
            }
            defer { open.close() }
            try await writer.write(.with { $0.ready = Self.ready(open.session, offering: message.channel) })
            return try await withRPCCancellationHandler {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { [iterator = UncheckedIterator(iterator)] in
                        defer { open.close() }
                        try await Self.readAnswers(iterator.value, into: open.session)
                    }
                    while let messages = await open.session.next() {
                        for message in messages {
                            try await writer.write(Sallyport_V1_AuthorizeResponse(message))
                        }
                    }
                    // Ended by the client, who has said all (then nobody reads an error), or by the platform.
                    tasks.cancelAll()
                    while let result = await tasks.nextResult() {
                        if case .failure(let error as RPCError) = result, !error.message.isEmpty { throw error }
                    }
                    if sessions.isStopping {
                        throw RPCError(
                            .unavailable, .stopping, "the platform is stopping; connect again when it is back")
                    }
                    if let refusal = open.session.refusal { throw RPCError(refusal) }
                    return [:]
                }
            } onCancelRPC: {
                open.close()
            }
        }
    }

    func flush(
        request: ServerRequest<Sallyport_V1_FlushRequest>, context: ServerContext
    ) async throws -> ServerResponse<Sallyport_V1_FlushResponse> {
        try Caller.require("ask") { !$0.ask.isEmpty }
        let caller = try Caller.required()
        let dropped = await platform.flushVerdicts(of: caller.identity)
        return ServerResponse(message: .with { $0.dropped = dropped })
    }

    private static func ready(_ session: any AuthoriserSession, offering channel: Bool) -> Sallyport_V1_Ready {
        var ready = Sallyport_V1_Ready(session.terms)
        if channel, let offer = session.offerChannel() {
            ready.channel = .with {
                $0.socket = offer.socket
                $0.token = Data(offer.token)
            }
        }
        return ready
    }

    private func begin(
        _ message: Sallyport_V1_Authorization, _ caller: Caller
    ) async throws -> any AuthoriserSession {
        let authorisation = try Authorisation(message)
        let missing = authorisation.operations.subtracting(caller.identity.entitlements.ask)
        guard missing.isEmpty else {
            throw RPCError.notEntitled(caller.identity, missing.map { "ask:\($0.rawValue)" }.sorted())
        }
        return try await platform.authorise(authorisation, for: caller)
    }

    private static func readAnswers(
        _ requests: RPCAsyncSequence<Sallyport_V1_AuthorizeRequest, any Error>.AsyncIterator,
        into session: any AuthoriserSession
    ) async throws {
        var requests = requests
        while let request = try await requests.next() {
            switch request.element {
            case .answer(let answer):
                session.answer(answer.question, with: try await answering { try Answer(answer) })
            case .authorization, nil:
                throw RPCError(
                    ValueError.invalid(
                        field: "element", reason: "must be an answer after the first request; open another call"))
            }
        }
    }
}

/// Moves an iterator into the one task that uses it from then on.
private struct UncheckedIterator<Iterator>: @unchecked Sendable {
    // @unchecked: made by a task that doesn't touch the iterator afterwards.
    let value: Iterator
    init(_ value: Iterator) { self.value = value }
}
