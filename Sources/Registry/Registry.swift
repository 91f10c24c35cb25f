// SPDX-License-Identifier: Apache-2.0

internal import LinuxSystem
internal import Synchronization
internal import VendorCertificates

/// The vendors that may connect, kept in a directory, and the decision who is admitted.
///
/// It does no network I/O and asks no clock: seconds since 1970 come as parameters. One process at a time may use a
/// directory.
///
/// ## Concurrency model
/// All state is behind one mutex, which is also held while a change is written and synced: changes are rare, and none may
/// be seen before it is stored. Chains are verified and digests taken outside.
public final class Registry: Sendable {
    /// Vendors that are registered at a time, revoked ones included.
    public static let maximumVendors = 1024

    let directory: RegistryDirectory
    let state: Mutex<RegistryState>

    /// Reads all of `directory`, and makes it (0700) when there is none.
    ///
    /// - Throws: `fileCorrupt` or `fileInaccessible`; nothing is changed then.
    public init(directory path: String) throws(RegistryError) {
        directory = RegistryDirectory(path: path)
        try directory.make()
        var read = RegistryState()
        read.authority = try Self.readAuthority(directory)
        for name in try directory.vendorNames() {
            read.records[name] = try Self.readRecord(name, directory)
        }
        if let authority = read.authority {
            _ = read.revocations.refresh(directory, authority: authority.certificate)
        }
        state = Mutex(read)
    }

    /// By name.
    public func list() -> [VendorRecord] {
        state.withLock { $0.records.values.sorted { $0.name < $1.name } }
    }

    /// - Throws: `vendorUnknown`.
    public func show(_ name: String) throws(RegistryError) -> VendorRecord {
        guard let record = state.withLock({ $0.records[name] }) else { throw .unknown(name) }
        return record
    }

    public func status() -> RegistryStatus {
        state.withLock { RegistryStatus($0) }
    }

    private static func readAuthority(_ directory: RegistryDirectory) throws(RegistryError) -> CertificateAuthority? {
        guard let pem = try directory.readText(directory.certificate) else { return nil }
        let key = try directory.readSecret(directory.key)
        do throws(VendorCertificateError) {
            let certificate = try SignedCertificate(pem: pem)
            guard let key else { return try CertificateAuthority(certificate: certificate, key: nil) }
            return try CertificateAuthority(certificate: certificate, key: SigningKey(pem: key))
        } catch {
            throw RegistryError(corrupt: directory.certificate + " or key.pem", error.message)
        }
    }

    private static func readRecord(_ name: String, _ directory: RegistryDirectory) throws(RegistryError) -> VendorRecord
    {
        let path = directory.vendor(name)
        guard let text = try directory.readText(path) else { throw RegistryError(corrupt: path, "it is gone") }
        let record: VendorRecord
        do throws(VendorRecord.BadLine) {
            record = try VendorRecord(text: text)
        } catch {
            throw RegistryError(corrupt: path, "line \(error.number) is none of a vendor's record")
        }
        guard record.name == name else {
            throw RegistryError(corrupt: path, "it is the record of '\(record.name)'")
        }
        return record
    }
}
