// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import LinuxSystem

/// What vendors have protected, on disk, and by which options the platform was sealed.
struct ProtectionStore: Sendable {
    private static let heading = Array("sallyport protections 1\n".utf8)

    let path: String
    private let sealPath: String

    init(stateDirectory: String) {
        path = stateDirectory + "/protections"
        sealPath = stateDirectory + "/seal"
    }

    /// Empty when there is no file yet.
    func load() throws -> [ProtectionEntry] {
        guard FileSystem.exists(path) else { return [] }
        let bytes = try FileSystem.read(path, limit: .max)
        guard bytes.starts(with: Self.heading) else {
            throw StartupError(
                "\(path) doesn't begin with '\(String(decoding: Self.heading.dropLast(), as: UTF8.self))': run the version"
                    + " that wrote it, or move it away; agents then protect what is theirs again")
        }
        do {
            return try StoredProtections.entries(in: Array(bytes[Self.heading.count...]))
        } catch {
            throw StartupError("\(path) can't be read as protections (\(error)): restore it, or move it away")
        }
    }

    func save(_ entries: [ProtectionEntry]) throws {
        try FileSystem.writeDurably(Self.heading + StoredProtections.bytes(entries), to: path)
    }

    /// Keeps what a daemon that goes on under this seal must be started with: the boot, and its options.
    func noteSeal(boot: String, options: String) throws {
        try FileSystem.writeDurably(Array("\(boot)\n\(options)".utf8), to: sealPath)
    }

    /// The options of the seal of this boot; `nil` where there is none.
    func sealedOptions(boot: String) -> String? {
        guard let text = try? FileSystem.readText(sealPath), text.hasPrefix(boot + "\n") else { return nil }
        return String(text.dropFirst(boot.count + 1))
    }
}
