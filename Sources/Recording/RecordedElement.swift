// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// One thing that an agent was sent, or answered, and when.
public struct RecordedElement: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// An event, a gap or what else a subscriber received; first the processes that ran, if a snapshot was asked for.
        case stream(StreamElement)
        /// A question, a retraction or a notice, as an authoriser received it.
        case authoriser(AuthoriserMessage)
        /// What the authoriser answered.
        case answer(Answer, question: UInt64)
    }

    /// Nanoseconds from the beginning of the recording.
    public var offset: UInt64
    public var content: Content

    public init(offset: UInt64, _ content: Content) {
        self.offset = offset
        self.content = content
    }
}

extension RecordedElement {
    var message: Sallyport_V1_RecordedElement {
        .with {
            $0.offset = offset
            $0.element =
                switch content {
                case .stream(let element): .stream(Sallyport_V1_StreamElement(element))
                case .authoriser(let message): .authorizer(Sallyport_V1_AuthorizeResponse(message))
                case .answer(let answer, let question): .answer(Sallyport_V1_Answer(answer, to: question))
                }
        }
    }

    /// `nil` for what a later version records and this one doesn't know.
    init?(_ message: Sallyport_V1_RecordedElement) throws(ValueError) {
        offset = message.offset
        switch message.element {
        case .stream(let element): content = .stream(try StreamElement(element))
        case .authorizer(let message):
            guard let known = try AuthoriserMessage(message) else { return nil }
            content = .authoriser(known)
        case .answer(let answer): content = .answer(try Answer(answer), question: answer.question)
        case .end, nil: return nil
        }
    }
}
