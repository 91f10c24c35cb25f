// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxSystem
internal import VendorCertificates

/// The revocation list in use, and the file that it is read from whenever that changes.
///
/// A list that can't be used (unreadable, another authority's, older than the one in use) changes nothing: the one read
/// before stays, and ``problem`` says so. Where none was read before, nobody knows who is revoked, and nobody is admitted
/// (``isUnknown``).
struct Revocations {
    private(set) var list: RevocationList?
    /// Why the file isn't in use as it is now.
    private(set) var problem: String?
    /// What the file was when it was looked at last; nil when there was none.
    private var seen: FileStamp?

    var isUnknown: Bool { list == nil && problem != nil }

    func revokes(_ serial: String) -> Bool { list?.revoked[serial] != nil }

    /// Looks at the file, and reads it if it isn't what it was. A file that is gone leaves the list in use.
    ///
    /// - Returns: whether anything changed.
    mutating func refresh(_ directory: RegistryDirectory, authority: SignedCertificate) -> Bool {
        let path = directory.revocationList
        let stamp: FileStamp
        do throws(Errno) {
            stamp = try FileStamp(path)
        } catch {
            seen = nil
            // Where none was ever read, a file that is gone is no problem any more.
            let found = error.code == ENOENT && list == nil ? nil : error.description
            defer { problem = found }
            return problem != found
        }
        guard stamp != seen else { return false }
        seen = stamp
        do throws(RegistryError) {
            let found = try read(path, directory, authority)
            problem = nil
            list = found
        } catch {
            problem = error.message
        }
        return true
    }

    private func read(
        _ path: String, _ directory: RegistryDirectory, _ authority: SignedCertificate
    ) throws(RegistryError) -> RevocationList {
        guard let bytes = try directory.read(path) else { throw RegistryError(corrupt: path, "it is gone") }
        let found: RevocationList
        do throws(VendorCertificateError) {
            found = try RevocationList(bytes, authority: authority)
        } catch {
            throw RegistryError(corrupt: path, error.message)
        }
        // An older list would admit who was revoked since.
        if let list, found.isOlder(than: list) {
            throw RegistryError(corrupt: path, "it is older than the list in use")
        }
        return found
    }
}
