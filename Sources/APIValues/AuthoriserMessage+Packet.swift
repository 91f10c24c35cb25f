// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// What goes by a channel of packets: `sallyport.v1.QuestionChannel`.
extension AuthoriserMessage {
    /// - Returns: `nil` where it can't be encoded.
    package var packet: [UInt8]? { try? Sallyport_V1_AuthorizeResponse(self).serializedBytes() }

    /// `nil` for what a later version says and this one doesn't know.
    ///
    /// - Throws: where it is no message, or one that no version sends.
    package init?(packet: [UInt8]) throws {
        try self.init(ofAnyVersion: try Sallyport_V1_AuthorizeResponse(serializedBytes: packet))
    }
}

/// What an agent sends by such a channel.
package enum AuthoriserPacket: Sendable {
    /// The first packet: messages go by the channel from now on.
    case beginning
    case answer(question: UInt64, Answer)

    /// - Returns: `nil` where it can't be encoded.
    package var bytes: [UInt8]? {
        var request = Sallyport_V1_AuthorizeRequest()
        switch self {
        case .beginning: request.authorization = Sallyport_V1_Authorization()
        case .answer(let question, let answer): request.answer = Sallyport_V1_Answer(answer, to: question)
        }
        return try? request.serializedBytes()
    }

    /// - Throws: where it is neither.
    package init(_ bytes: [UInt8]) throws {
        switch try Sallyport_V1_AuthorizeRequest(serializedBytes: bytes).element {
        case .authorization(let message) where message == Sallyport_V1_Authorization(): self = .beginning
        case .answer(let answer): self = .answer(question: answer.question, try Answer(answer))
        case .authorization, nil:
            throw ValueError.invalid(field: "element", reason: "must be an answer, or an empty authorization to begin")
        }
    }
}
