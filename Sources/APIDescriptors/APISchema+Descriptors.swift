// SPDX-License-Identifier: Apache-2.0

public import APICatalogue
import SwiftProtobuf

/// Why a descriptor set can't be made into a schema.
public struct DescriptorError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
}

extension APISchema {
    /// The schema that a descriptor set declares, as `protoc --include_source_info --descriptor_set_out` writes it.
    ///
    /// - Throws: when the bytes are no descriptor set, carry no comments, or are of several packages.
    public init(descriptorSet bytes: [UInt8]) throws(DescriptorError) {
        let files: [Google_Protobuf_FileDescriptorProto]
        do {
            files = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes).file
        } catch {
            throw DescriptorError(description: "the descriptor set can't be read: \(error)")
        }
        let packages = Set(files.map(\.package))
        guard let package = packages.first, packages.count == 1 else {
            throw DescriptorError(description: "the files are of \(packages.count) packages instead of one")
        }
        guard files.allSatisfy({ !$0.sourceCodeInfo.location.isEmpty }) else {
            throw DescriptorError(description: "there are no comments: run protoc with --include_source_info")
        }
        self.init(
            package: package,
            elements: files.sorted { $0.name < $1.name }.flatMap { DescriptorWalk(file: $0).elements() })
    }
}
