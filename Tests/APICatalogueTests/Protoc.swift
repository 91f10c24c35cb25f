// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import APIDescriptors
import Foundation
import Testing

/// Runs `protoc`, which `scripts/dependencies api` installs.
struct Protoc {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What the `.proto` files below `folder` declare.
    static func schema(of files: [String], in folder: URL, withComments: Bool = true) throws -> APISchema {
        let output = URL.temporaryDirectory.appending(path: "descriptors-\(UUID().uuidString).pb")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.currentDirectoryURL = folder
        process.arguments =
            ["protoc", "-I.", "--descriptor_set_out=\(output.path)"]
            + (withComments ? ["--include_source_info"] : []) + files
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "protoc failed; `scripts/dependencies api` installs it")
        return try APISchema(descriptorSet: Array(Data(contentsOf: output)))
    }

    /// What a made-up file declares.
    static func schema(of text: String, withComments: Bool = true) throws -> APISchema {
        let folder = URL.temporaryDirectory.appending(path: "protos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.write(to: folder.appending(path: "x.proto"), atomically: true, encoding: .utf8)
        return try schema(of: ["x.proto"], in: folder, withComments: withComments)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
