// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Sallyport
import SallyportAPI
import SwiftProtobuf

/// An agent that reads the messages themselves, as those in other languages do, and can so be wrong in more ways.
struct RawAgent: Sendable {
    struct Fault: Error {}

    /// What it minds of an answer; what this throws ends it.
    var minds: @Sendable (Sallyport_V1_AuthorizeResponse) throws -> Void = { _ in }
    var mindsEvents: @Sendable (Sallyport_V1_StreamElement) throws -> Void = { _ in }
    /// How often it sends each answer.
    var answers = 1

    var agent: TestAgent {
        TestAgent { directory, socket in
            let credentials = try VendorCredentials(directory: directory)
            let transport = try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: socket),
                transportSecurity: .tls(
                    .mTLS(
                        certificateChain: [.bytes(Array(credentials.certificateChain.utf8), format: .pem)],
                        privateKey: .bytes(Array(credentials.privateKey.utf8), format: .pem)
                    ) { config in
                        config.trustRoots = .certificates([.bytes(Array(credentials.authority.utf8), format: .pem)])
                        config.serverCertificateVerification = .noHostnameVerification
                    }))
            try await withGRPCClient(transport: transport) { client in
                _ = try await Sallyport_V1_Platform.Client(wrapping: client).greet(Sallyport_V1_GreetRequest())
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await watch(client) }
                    tasks.addTask { try await answer(client) }
                    defer { tasks.cancelAll() }
                    try await tasks.next()
                }
            }
        }
    }

    private func watch(_ client: GRPCClient<HTTP2ClientTransport.Posix>) async throws {
        try await Sallyport_V1_Events.Client(wrapping: client).watch(Sallyport_V1_WatchRequest()) { response in
            for try await message in response.messages {
                for element in message.elements { try mindsEvents(element) }
            }
        }
    }

    private func answer(_ client: GRPCClient<HTTP2ClientTransport.Posix>) async throws {
        let (requests, outbox) = AsyncStream<Sallyport_V1_AuthorizeRequest>.makeStream()
        outbox.yield(
            .with {
                $0.authorization.operations = [.processExec, .imageLoad, .fileOpen]
                $0.authorization.deadline = 1000
                $0.authorization.fallback = .allow
            })
        try await Sallyport_V1_Authorizer.Client(wrapping: client).authorize(
            requestProducer: { writer in for await request in requests { try await writer.write(request) } },
            onResponse: { response in
                defer { outbox.finish() }
                for try await message in response.messages {
                    try minds(message)
                    guard case .question(let question)? = message.element else { continue }
                    for _ in 0..<answers {
                        outbox.yield(
                            .with {
                                $0.answer.question = question.id
                                $0.answer.verdict = .allow
                            })
                    }
                }
            })
    }
}
