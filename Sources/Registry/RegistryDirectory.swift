// SPDX-License-Identifier: Apache-2.0

internal import LinuxSystem

/// The files of a registry. Every file is replaced as a whole and synced, so that after a crash the old or the new one is
/// there; directories are 0700, files 0600.
struct RegistryDirectory: Sendable {
    /// Bytes of any one of them.
    static let maximumFileSize = 4 << 20

    let path: String

    var certificate: String { path + "/authority/certificate.pem" }
    var key: String { path + "/authority/key.pem" }
    /// The platform's key and certificate, in one file: they can't come apart.
    var server: String { path + "/authority/server.pem" }
    var revocationList: String { path + "/authority/revoked.crl" }
    var vendors: String { path + "/vendors" }

    /// The end of the names of vendors' files. No name that is written for a moment only ends so.
    static let vendorSuffix = ".vendor"

    func vendor(_ name: String) -> String { vendors + "/" + name + Self.vendorSuffix }

    func make() throws(RegistryError) {
        do throws(Errno) {
            try FileSystem.makeDirectory(path + "/authority", mode: 0o700)
            try FileSystem.makeDirectory(vendors, mode: 0o700)
        } catch {
            throw RegistryError(error)
        }
    }

    /// The names of the vendors that have a file.
    func vendorNames() throws(RegistryError) -> [String] {
        do throws(Errno) {
            return try FileSystem.list(vendors).filter { $0.hasSuffix(Self.vendorSuffix) }.map {
                String($0.dropLast(Self.vendorSuffix.count))
            }
        } catch {
            throw RegistryError(error)
        }
    }

    /// The file's bytes; nil when there is none.
    func read(_ path: String) throws(RegistryError) -> [UInt8]? {
        guard FileSystem.exists(path) else { return nil }
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileSystem.read(path, limit: Self.maximumFileSize + 1)
        } catch {
            throw RegistryError(error)
        }
        guard bytes.count <= Self.maximumFileSize else {
            throw RegistryError(corrupt: path, "it is larger than \(Self.maximumFileSize) bytes")
        }
        return bytes
    }

    func readText(_ path: String) throws(RegistryError) -> String? {
        try read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A file with a private key, which nobody but the owner may have access to.
    func readSecret(_ path: String) throws(RegistryError) -> String? {
        guard let text = try readText(path) else { return nil }
        let stamp: FileStamp
        do throws(Errno) { stamp = try FileStamp(path) } catch { throw RegistryError(error) }
        guard stamp.mode & 0o077 == 0 else {
            throw RegistryError(
                .fileInaccessible, "\(path) is open to others: replace the key if they may know it, then chmod 600")
        }
        return text
    }

    func write(_ text: String, to path: String) throws(RegistryError) {
        do throws(Errno) {
            try FileSystem.writeDurably(Array(text.utf8), to: path, mode: 0o600)
        } catch {
            throw RegistryError(error)
        }
    }
}
