// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import Logging
import SallyportAPI
import Sessions
import SwiftProtobuf

/// The API's server before a platform that does nothing, and a client that sends bytes.
actor RequestServer {
    private var client: GRPCClient<HTTP2ClientTransport.Posix>?

    static func authorization() throws -> [UInt8] {
        try Sallyport_V1_AuthorizeRequest.with {
            $0.authorization = Sallyport_V1_Authorization(Authorisation(operations: [.processExec], fallback: .allow))
        }.serializedBytes()
    }

    func call(_ service: String, _ method: String, _ messages: [[UInt8]]) async {
        do {
            let client = try connected()
            let descriptor = MethodDescriptor(fullyQualifiedService: "sallyport.v1.\(service)", method: method)
            let request = StreamingClientRequest<[UInt8]> { writer in
                for message in messages { try await writer.write(message) }
            }
            var options = CallOptions.defaults
            options.timeout = .seconds(5)
            try await client.bidirectionalStreaming(
                request: request, descriptor: descriptor, serializer: Bytes(), deserializer: Bytes(), options: options
            ) { response in
                for try await _ in response.messages {}
            }
        } catch let error as RPCError where error.code == .deadlineExceeded || error.code == .unavailable {
            // It must go on, and answer.
            preconditionFailure("\(service).\(method) doesn't answer: \(error)")
        } catch {
            // Refused.
        }
    }

    private func connected() throws -> GRPCClient<HTTP2ClientTransport.Posix> {
        if let client { return client }
        let path = "/tmp/fuzz-requests-\(getpid())"
        var configuration = APIServer.Configuration(socketPath: path)
        let user = geteuid()
        configuration.peerPolicy = PeerPolicy { $0.uid == user }
        let server = try APIServer(
            platform: IdlePlatform(), administration: IdlePlatform(), configuration: configuration,
            logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        Task { try await server.run() }
        let made = GRPCClient(
            transport: try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: path), transportSecurity: .plaintext,
                config: .defaults { $0.connection.flushCoalescing = nil }))
        Task { try await made.runConnections() }
        client = made
        return made
    }
}

/// Messages as they are.
private struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Buffer: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Buffer { Buffer(message) }
    func deserialize<Buffer: GRPCContiguousBytes>(_ bytes: Buffer) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
