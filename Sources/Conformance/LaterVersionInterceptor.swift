// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// Stands between the services and the agent: notes what it asks, and lets them answer as a later version would.
struct LaterVersionInterceptor: ServerInterceptor {
    let observation: AgentObservation
    let version: LaterVersion?

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        var request = request
        request.messages = RPCAsyncSequence(
            wrapping: request.messages.map { [observation] message in
                observation.note(message)
                return message
            })
        var response = try await next(request, context)
        guard let version else { return response }
        response.accepted = response.accepted.map { accepted in
            var accepted = accepted
            let write = accepted.producer
            accepted.producer = { writer in
                try await write(RPCWriter(wrapping: LaterVersionWriter(writer: writer, version: version)))
            }
            return accepted
        }
        return response
    }
}

private struct LaterVersionWriter<Element: Sendable>: RPCWriterProtocol {
    let writer: RPCWriter<Element>
    let version: LaterVersion

    func write(_ element: Element) async throws {
        let messages: [any Sendable] =
            switch element {
            case let element as Sallyport_V1_WatchResponse: try version.messages(for: element)
            case let element as Sallyport_V1_AuthorizeResponse: try version.messages(for: element)
            case let element as Sallyport_V1_GreetResponse: [try version.message(for: element)]
            default: [element]
            }
        for case let message as Element in messages { try await writer.write(message) }
    }

    func write(contentsOf elements: some Sequence<Element>) async throws {
        for element in elements { try await write(element) }
    }
}
