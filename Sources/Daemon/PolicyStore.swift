// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import LinuxSystem

/// The policies of this machine on disk, in their checked form: one file, replaced atomically and fsynced.
struct PolicyStore: Sendable {
    /// The file's first line, with the version of its format; a daemon refuses another one instead of guessing.
    static let heading = Array("sallyport policies 2\n".utf8)

    let path: String

    init(stateDirectory: String) {
        path = stateDirectory + "/policies"
    }

    /// Empty when there is no file yet.
    func load() throws -> [InstalledPolicy] {
        guard FileSystem.exists(path) else {
            // To start without them would lift what was in force.
            guard !FileSystem.exists(path + ".json") else {
                throw StartupError(
                    "\(path).json is of an earlier version, which this one doesn't read: apply the policies' files again"
                        + " once it is moved away, or run the version that wrote it")
            }
            return []
        }
        // Whole, however large: only this program writes it, and half a file would be no policy at all.
        let bytes = try FileSystem.read(path, limit: .max)
        guard bytes.starts(with: Self.heading) else {
            throw StartupError(
                "\(path) doesn't begin with '\(String(decoding: Self.heading.dropLast(), as: UTF8.self))': run the version"
                    + " that wrote it, or move it away and apply the policies again")
        }
        do {
            return try StoredPolicies.policies(in: Array(bytes[Self.heading.count...]))
        } catch {
            throw StartupError(
                "\(path) can't be read as policies (\(error)): restore it from a backup, or move it away and apply the"
                    + " policies again")
        }
    }

    func save(_ policies: [InstalledPolicy]) throws {
        try FileSystem.writeDurably(Self.heading + StoredPolicies.bytes(policies), to: path)
    }
}
