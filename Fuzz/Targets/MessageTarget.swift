// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// Messages of the API and what values they become: requests at the platform, answers at the client. The first byte chooses
/// the message.
struct MessageTarget: FuzzTarget {
    let name = "messages"

    private struct Decoder: Sendable {
        var sample: @Sendable () throws -> [UInt8]
        var decode: @Sendable ([UInt8]) throws -> Void

        init<Message: SwiftProtobuf.Message>(_ sample: Message, _ convert: @escaping @Sendable (Message) throws -> Void)
        {
            self.sample = { try sample.serializedBytes() }
            decode = { bytes in
                let message = try Message(serializedBytes: bytes)
                try convert(message)
            }
        }
    }

    private static let decoders: [Decoder] = [
        Decoder(Sallyport_V1_WatchRequest(Samples.filter)) { _ = try EventFilter($0) },
        Decoder(Sallyport_V1_AuthorizeRequest.with { $0.answer = Sallyport_V1_Answer(Answer(.deny), to: 7) }) {
            switch $0.element {
            case .authorization(let message): _ = try Authorisation(message)
            case .answer(let message): _ = try Answer(message)
            case nil: break
            }
        },
        Decoder(
            Sallyport_V1_Authorization(
                Authorisation(operations: [.processExec, .fileOpen], access: [.read], fallback: .deny))
        ) { _ = try Authorisation($0) },
        Decoder(Sallyport_V1_ApplyRequest.with { $0.policies = PolicyTarget.policies.map(Sallyport_V1_Policy.init) }) {
            for policy in $0.policies { _ = try Policy(policy).messageSize }
        },
        Decoder(Sallyport_V1_GetProcessRequest.with { $0.process = .init(Samples.process.identity) }) {
            _ = ProcessIdentity($0.process)
        },
        Decoder(
            Sallyport_V1_WatchResponse.with {
                $0.elements = [
                    StreamElement.event(Samples.event), .gap(Samples.gap), .sync(1), .process(Samples.process),
                ].map(Sallyport_V1_StreamElement.init)
            }
        ) { for element in $0.elements { _ = try StreamElement(ofAnyVersion: element) } },
        Decoder(Sallyport_V1_AuthorizeResponse(.question(Samples.question))) {
            _ = try AuthoriserMessage(ofAnyVersion: $0)
        },
        Decoder(Sallyport_V1_GreetResponse(Samples.greeting)) { _ = try Greeting($0) },
        Decoder(Sallyport_V1_HandOverResponse.with { $0.processes = [Sallyport_V1_Process(Samples.process)] }) {
            for process in $0.processes { _ = try Process(process) }
        },
        // By a channel of packets.
        Decoder(Sallyport_V1_AuthorizeRequest.with { $0.answer = Sallyport_V1_Answer(Answer(.allow), to: 8) }) {
            _ = try AuthoriserPacket(try $0.serializedBytes())
        },
    ]

    func samples() throws -> [[UInt8]] {
        try Self.decoders.enumerated().map { index, decoder in [UInt8(index)] + (try decoder.sample()) }
    }

    func decode(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        try? Self.decoders[Int(first) % Self.decoders.count].decode(Array(bytes.dropFirst()))
    }
}
