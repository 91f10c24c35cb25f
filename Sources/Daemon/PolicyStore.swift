// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import FoundationEssentials
import LinuxSystem

/// The policies of this machine on disk, in their checked form: one JSON file, replaced atomically and fsynced.
struct PolicyStore: Sendable {
    /// The file's format; a daemon refuses a newer one instead of guessing.
    static let formatVersion = 1

    private struct Document: Codable {
        var formatVersion: Int
        var policies: [InstalledPolicy]
    }

    let path: String

    init(stateDirectory: String) {
        path = stateDirectory + "/policies.json"
    }

    /// Empty when there is no file yet.
    func load() throws -> [InstalledPolicy] {
        guard FileSystem.exists(path) else { return [] }
        // Whole, however large: only this program writes it, and half a file would be no policy at all.
        let bytes = try FileSystem.read(path, limit: .max)
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw StartupError(
                "\(path) can't be read as policies (\(error)): restore it from a backup, or move it away and apply the"
                    + " policies again")
        }
        guard document.formatVersion == Self.formatVersion else {
            throw StartupError(
                "\(path) has format \(document.formatVersion), this version reads \(Self.formatVersion): run the version"
                    + " that wrote it")
        }
        return document.policies
    }

    func save(_ policies: [InstalledPolicy]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(Document(formatVersion: Self.formatVersion, policies: policies))
        try FileSystem.writeDurably(Array(data), to: path)
    }
}
