// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
public import VendorCertificates

/// What the site keeps of a vendor.
public struct VendorRecord: Hashable, Sendable {
    public enum State: String, CaseIterable, Hashable, Sendable {
        case active, suspended, revoked
    }

    /// Certificates that are registered at a time.
    public static let maximumCertificates = 16
    /// Programs that are listed.
    public static let maximumExecutables = 256
    /// Serial numbers that are revoked.
    public static let maximumRevoked = 4096

    public internal(set) var name: String
    public internal(set) var state: State
    /// The most that any certificate of the vendor is good for here.
    public internal(set) var ceiling: Entitlements
    /// Whether a certificate that carries more than the ceiling is refused; else it is good for what both say.
    public internal(set) var isStrict: Bool
    /// Digests of the programs that may connect; empty when any may.
    public internal(set) var executables: [Digest]
    /// Seconds since 1970.
    public internal(set) var enrolledAt: Int64
    /// Certificates that are registered, oldest first; their keys are the vendor's. Empty while the first one is being
    /// signed elsewhere.
    public internal(set) var certificates: [SignedCertificate] = []
    /// Serial numbers that this site revoked, and when.
    public internal(set) var revoked: [String: Int64] = [:]

    /// Whether the vendor was registered with that key.
    func hasKey(_ fingerprint: Digest) -> Bool { certificates.contains { $0.keyFingerprint == fingerprint } }

    /// Revokes what is registered.
    mutating func revokeCertificates(now: Int64) {
        for certificate in certificates where revoked[certificate.serial] == nil { revoked[certificate.serial] = now }
    }

    /// Adds a certificate as the newest. For room the oldest ones that have expired go.
    mutating func add(_ certificate: SignedCertificate, now: Int64) throws(RegistryError) {
        while certificates.count >= Self.maximumCertificates,
            let expired = certificates.firstIndex(where: { $0.notAfter < now })
        {
            certificates.remove(at: expired)
        }
        guard certificates.count < Self.maximumCertificates else {
            throw RegistryError(
                .tooMany,
                "'\(name)' has \(Self.maximumCertificates) valid certificates already: renew it and revoke the older ones"
            )
        }
        // All of them may have to be revoked one day.
        guard revoked.count + certificates.count < Self.maximumRevoked else {
            throw RegistryError(
                .tooMany,
                "'\(name)' has \(revoked.count) revoked certificates, too many to add another: enrol it by a new name")
        }
        certificates.append(certificate)
    }
}
