// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import LinuxSystem

/// The policies of this machine on disk, in their checked form: one file, replaced atomically and fsynced.
struct PolicyStore: Sendable {
    /// The file's first line, with the version of its format; a daemon refuses another one instead of guessing.
    static let heading = "sallyport policies 3\n"
    /// Before the version of the last signed bundle, in the second line.
    private static let bundleWord = "bundle "

    let path: String

    init(stateDirectory: String) {
        path = stateDirectory + "/policies"
    }

    /// Empty when there is no file yet.
    func load() throws -> (policies: [InstalledPolicy], bundle: UInt64) {
        guard FileSystem.exists(path) else {
            // To start without them would lift what was in force.
            guard !FileSystem.exists(path + ".json") else {
                throw StartupError(
                    "\(path).json is of an earlier version, which this one doesn't read: apply the policies' files again"
                        + " once it is moved away, or run the version that wrote it")
            }
            return ([], 0)
        }
        // Whole, however large: only this program writes it, and half a file would be no policy at all.
        let bytes = try FileSystem.read(path, limit: .max)
        guard bytes.starts(with: Self.heading.utf8), let bundle = Self.bundle(in: bytes[Self.heading.utf8.count...])
        else {
            throw StartupError(
                "\(path) doesn't begin with '\(Self.heading.dropLast())' and a bundle's version: run the version"
                    + " that wrote it, or move it away and apply the policies again")
        }
        do {
            return (try StoredPolicies.policies(in: Array(bytes[bundle.end...])), bundle.version)
        } catch {
            throw StartupError(
                "\(path) can't be read as policies (\(error)): restore it from a backup, or move it away and apply the"
                    + " policies again")
        }
    }

    /// One file for both: policies without the version of their bundle would let an older one in again.
    func save(_ policies: [InstalledPolicy], bundle: UInt64) throws {
        let lines = Self.heading + "\(Self.bundleWord)\(bundle)\n"
        try FileSystem.writeDurably(Array(lines.utf8) + StoredPolicies.bytes(policies), to: path)
    }

    private static func bundle(in bytes: ArraySlice<UInt8>) -> (version: UInt64, end: Int)? {
        guard bytes.starts(with: bundleWord.utf8), let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        let digits = bytes[(bytes.startIndex + bundleWord.utf8.count)..<newline]
        return UInt64(String(decoding: digits, as: UTF8.self)).map { ($0, newline + 1) }
    }
}
