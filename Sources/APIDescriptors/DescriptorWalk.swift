// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import SwiftProtobuf

/// The elements of one `.proto` file, services first, then messages and enums, each with what belongs to it.
struct DescriptorWalk {
    /// Field numbers of `descriptor.proto`, of which the paths to comments are made.
    private enum Step {
        static let fileMessage: Int32 = 4, fileEnum: Int32 = 5, service: Int32 = 6
        static let field: Int32 = 2, nestedMessage: Int32 = 3, nestedEnum: Int32 = 4, oneof: Int32 = 8
        static let value: Int32 = 2, rpc: Int32 = 2
    }

    private let file: Google_Protobuf_FileDescriptorProto
    private let comments: [[Int32]: String]

    init(file: Google_Protobuf_FileDescriptorProto) {
        self.file = file
        let located = file.sourceCodeInfo.location.filter(\.hasLeadingComments).map { ($0.path, $0.leadingComments) }
        comments = Dictionary(located) { first, _ in first }
    }

    func elements() -> [APIElement] {
        let services = file.service.enumerated().flatMap { service($1, at: [Step.service, Int32($0)]) }
        let messages = file.messageType.enumerated().flatMap {
            message($1, in: file.package, at: [Step.fileMessage, Int32($0)])
        }
        let enums = file.enumType.enumerated().flatMap {
            enumeration($1, in: file.package, at: [Step.fileEnum, Int32($0)])
        }
        return services + messages + enums
    }

    private func element(
        _ kind: APIElement.Kind, _ name: String, number: Int32? = nil, type: String = "", at path: [Int32]
    ) -> APIElement {
        let comment = ElementComment(comments[path] ?? "")
        return APIElement(
            kind, name, number: number.map(Int.init), type: type, summary: comment.summary, unit: comment.unit,
            since: comment.since, stability: comment.stability)
    }

    private func service(_ service: Google_Protobuf_ServiceDescriptorProto, at path: [Int32]) -> [APIElement] {
        let name = "\(file.package).\(service.name)"
        let rpcs = service.method.enumerated().map { index, method in
            let input = (method.clientStreaming ? "stream " : "") + local(method.inputType)
            let output = (method.serverStreaming ? "stream " : "") + local(method.outputType)
            return element(
                .rpc, "\(name).\(method.name)", type: "(\(input)) returns (\(output))",
                at: path + [Step.rpc, Int32(index)])
        }
        return [element(.service, name, at: path)] + rpcs
    }

    private func message(
        _ message: Google_Protobuf_DescriptorProto, in owner: String, at path: [Int32]
    ) -> [APIElement] {
        let name = "\(owner).\(message.name)"
        let entries = message.nestedType.filter(\.options.mapEntry)
        let oneofs = message.oneofDecl.enumerated().compactMap { index, oneof -> APIElement? in
            // `optional` is declared as a oneof of its own, which nobody wrote.
            let isWritten = message.field.contains {
                $0.hasOneofIndex && $0.oneofIndex == Int32(index) && !$0.proto3Optional
            }
            return isWritten
                ? element(.oneof, "\(name).\(oneof.name)", at: path + [Step.oneof, Int32(index)]) : nil
        }
        let fields = message.field.enumerated().map { index, field in
            let oneof = field.hasOneofIndex && !field.proto3Optional ? message.oneofDecl[Int(field.oneofIndex)] : nil
            return element(
                .field, "\(name).\(field.name)", number: field.number,
                type: type(of: field, entries) + (oneof.map { ", one of \($0.name)" } ?? ""),
                at: path + [Step.field, Int32(index)])
        }
        // The range's end is the first number behind it.
        let ranges = message.reservedRange.map { reservation(name, $0.start...($0.end - 1)) }
        let names = message.reservedName.map { APIElement(.reserved, "\(name).\($0)") }
        let enums = message.enumType.enumerated().flatMap {
            enumeration($1, in: name, at: path + [Step.nestedEnum, Int32($0)])
        }
        let nested = message.nestedType.enumerated().filter { !$1.options.mapEntry }.flatMap {
            self.message($1, in: name, at: path + [Step.nestedMessage, Int32($0)])
        }
        return [element(.message, name, at: path)] + oneofs + fields + ranges + names + enums + nested
    }

    private func enumeration(
        _ enumeration: Google_Protobuf_EnumDescriptorProto, in owner: String, at path: [Int32]
    ) -> [APIElement] {
        let name = "\(owner).\(enumeration.name)"
        let values = enumeration.value.enumerated().map { index, value in
            element(.value, "\(name).\(value.name)", number: value.number, at: path + [Step.value, Int32(index)])
        }
        // Of enums the range's end belongs to it.
        let ranges = enumeration.reservedRange.map { reservation(name, $0.start...$0.end) }
        let names = enumeration.reservedName.map { APIElement(.reserved, "\(name).\($0)") }
        return [element(.enum, name, at: path)] + values + ranges + names
    }

    private func reservation(_ owner: String, _ range: ClosedRange<Int32>) -> APIElement {
        let isOne = range.lowerBound == range.upperBound
        return APIElement(
            .reserved, "\(owner).\(range.lowerBound)\(isOne ? "" : "-\(range.upperBound)")",
            number: Int(range.lowerBound), type: isOne ? "" : "to \(range.upperBound)")
    }

    private func type(
        of field: Google_Protobuf_FieldDescriptorProto, _ entries: [Google_Protobuf_DescriptorProto]
    ) -> String {
        let own = field.typeName.isEmpty ? Self.scalar(field.type) : local(field.typeName)
        if field.proto3Optional { return "optional \(own)" }
        guard field.label == .repeated else { return own }
        if let entry = entries.first(where: { field.typeName.hasSuffix(".\($0.name)") }), entry.field.count == 2 {
            return "map<\(type(of: entry.field[0], [])), \(type(of: entry.field[1], []))>"
        }
        return "repeated \(own)"
    }

    /// A type's name as the `.proto` files write it: without the package.
    private func local(_ typeName: String) -> String {
        let prefix = ".\(file.package)."
        return typeName.hasPrefix(prefix) ? String(typeName.dropFirst(prefix.count)) : String(typeName.dropFirst())
    }

    private static func scalar(_ type: Google_Protobuf_FieldDescriptorProto.TypeEnum) -> String {
        switch type {
        case .double: "double"
        case .float: "float"
        case .int64: "int64"
        case .uint64: "uint64"
        case .int32: "int32"
        case .fixed64: "fixed64"
        case .fixed32: "fixed32"
        case .bool: "bool"
        case .string: "string"
        case .group: "group"
        case .message: "message"
        case .bytes: "bytes"
        case .uint32: "uint32"
        case .enum: "enum"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        }
    }
}
