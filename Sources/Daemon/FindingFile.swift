// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import LinuxSystem

/// The findings of this boot on disk, so that a restart of the daemon forgets none: the boot's id, then the API's message.
struct FindingFile: Sendable {
    let path: String

    /// None of another boot's, nor of a file that can't be read: findings of a kernel that is gone say nothing about this one.
    func load() -> [Finding] {
        guard let bytes = try? FileSystem.read(path), let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            bytes[..<end].elementsEqual(ProcFS.bootID().utf8)
        else { return [] }
        return (try? StoredFindings.findings(in: Array(bytes[bytes.index(after: end)...]))) ?? []
    }

    func save(_ findings: [Finding]) throws {
        try FileSystem.writeDurably(
            Array(ProcFS.bootID().utf8) + [UInt8(ascii: "\n")] + (try StoredFindings.bytes(findings)), to: path)
    }
}
