// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SallyportAPI
import SwiftProtobuf

/// What a later version of the platform may say, put into messages of this one.
enum LaterVersion: Hashable, Sendable {
    /// Every message has fields with numbers that aren't declared.
    case fields
    /// Between messages there are ones of a kind that isn't declared.
    case elements
    /// Enumerations have values that aren't declared.
    case values
    /// Events are of an operation that isn't declared.
    case operations

    /// A value that no enumeration declares.
    static let number = 4242

    /// One message of a stream, as the later version sends it; what is written instead, in order.
    func messages(for response: Sallyport_V1_WatchResponse) throws -> [Sallyport_V1_WatchResponse] {
        var response = response
        switch self {
        case .fields:
            for index in response.elements.indices { try Self.extend(&response.elements[index]) }
            try response.extend()
        case .elements:
            var elements: [Sallyport_V1_StreamElement] = []
            for element in response.elements { elements += [try .unknown(), element] }
            response.elements = elements
        case .values:
            for index in response.elements.indices { response.elements[index].event.beUnknown() }
        case .operations:
            for index in response.elements.indices {
                guard case .event(var event)? = response.elements[index].element, event.sequence.isMultiple(of: 2)
                else { continue }
                event.operation = .UNRECOGNIZED(Self.number)
                response.elements[index].event = event
            }
        }
        return [response]
    }

    func messages(for response: Sallyport_V1_AuthorizeResponse) throws -> [Sallyport_V1_AuthorizeResponse] {
        var response = response
        switch (self, response.element) {
        case (.fields, .question(var question)):
            try question.subject.extend()
            try question.file.extend()
            try question.extend()
            response.question = question
            try response.extend()
        case (.fields, .ready(var ready)):
            try ready.extend()
            response.ready = ready
        case (.elements, .question): return [try .unknown(), response]
        case (.values, .question(var question)):
            question.subject.provenance = .UNRECOGNIZED(Self.number)
            response.question = question
            return [
                .with { $0.notice = .with { $0.kind = .UNRECOGNIZED(Self.number) } },
                .with {
                    $0.retraction.question = .max
                    $0.retraction.reason = .UNRECOGNIZED(Self.number)
                    $0.retraction.verdict = .allow
                }, response,
            ]
        default: break
        }
        return [response]
    }

    func message(for response: Sallyport_V1_GreetResponse) throws -> Sallyport_V1_GreetResponse {
        var response = response
        if self == .fields { try response.extend() }
        return response
    }

    private static func extend(_ element: inout Sallyport_V1_StreamElement) throws {
        switch element.element {
        case .event(var event):
            try event.subject.extend()
            try event.decision.extend()
            try event.extend()
            element.event = event
        case .process(var process):
            try process.extend()
            element.process = process
        case .gap(var gap):
            try gap.extend()
            element.gap = gap
        case .sync, nil: break
        }
        try element.extend()
    }
}

extension Sallyport_V1_Event {
    /// In turn: whoever it is known of, what became of it, and what is told beside.
    fileprivate mutating func beUnknown() {
        guard sequence > 0 else { return }
        switch sequence % 3 {
        case 0: subject.provenance = .UNRECOGNIZED(LaterVersion.number)
        case 1: decision.verdict = .UNRECOGNIZED(LaterVersion.number)
        default:
            details.access.append(.UNRECOGNIZED(LaterVersion.number))
            details.mappings.append(.UNRECOGNIZED(LaterVersion.number))
            subject.exe.unresolvable = .UNRECOGNIZED(LaterVersion.number)
        }
    }
}

extension SwiftProtobuf.Message {
    /// A message that has nothing but what isn't declared.
    fileprivate static func unknown() throws -> Self {
        var message = Self()
        try message.extend()
        return message
    }

    /// Adds a number, a text, and 64 and 32 bits, in fields that aren't declared.
    fileprivate mutating func extend() throws {
        var bytes: [UInt8] = []
        for (field, wireType, value): (Int, Int, [UInt8]) in [
            (15_001, 0, [7]), (15_002, 2, [5] + Array("later".utf8)), (15_003, 1, Array(1...8)),
            (15_004, 5, Array(1...4)),
        ] {
            var tag = field << 3 | wireType
            while tag >= 0x80 {
                bytes.append(UInt8(tag & 0x7f) | 0x80)
                tag >>= 7
            }
            bytes.append(UInt8(tag))
            bytes += value
        }
        try merge(serializedBytes: bytes)
    }
}
