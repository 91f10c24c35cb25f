// SPDX-License-Identifier: Apache-2.0

internal import X509

/// The authority that a site trusts, and, where its key is here, what it issues.
public struct CertificateAuthority: Sendable {
    /// The name that clients expect in the platform's certificate.
    public static let serverName = "sallyport"
    /// Seconds that a new authority is valid.
    public static let defaultLifetime: Int64 = 10 * 365 * 86400

    public let certificate: SignedCertificate
    /// Absent when certificates are signed elsewhere.
    public let key: SigningKey?

    /// - Throws: `unsuitable` when the certificate is no authority's or the key isn't its own.
    public init(certificate: SignedCertificate, key: SigningKey?) throws(VendorCertificateError) {
        guard certificate.certificate.isAuthority else {
            throw VendorCertificateError(
                .unsuitable, "the certificate isn't an authority's: give one with CA:TRUE and keyCertSign")
        }
        guard key == nil || key?.fingerprint == certificate.keyFingerprint else {
            throw VendorCertificateError(
                .unsuitable, "the key isn't the certificate's: give the pair that belongs together")
        }
        self.certificate = certificate
        self.key = key
    }

    /// Makes a new self-signed authority, which signs vendors' certificates directly.
    public static func create(
        name: String, algorithm: KeyAlgorithm = .p256, now: Int64, lifetime: Int64 = defaultLifetime
    ) throws(VendorCertificateError) -> CertificateAuthority {
        let key = SigningKey(algorithm)
        let subject = try DistinguishedName(commonName: name)
        let dates = try Validity(now: now, lifetime: lifetime).dates
        do {
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.key.publicKey)
            }
            let certificate = try Certificate(
                version: .v3, serialNumber: .random(), publicKey: key.key.publicKey, notValidBefore: dates.notBefore,
                notValidAfter: dates.notAfter, issuer: subject, subject: subject, extensions: extensions,
                issuerPrivateKey: key.key)
            return try CertificateAuthority(certificate: SignedCertificate(certificate), key: key)
        } catch {
            throw VendorCertificateError.contents(error, "the authority's certificate can't be made")
        }
    }
}

extension Certificate {
    /// Whether it may sign others: version 3, marked as an authority's, and by its key usage, if it states one.
    var isAuthority: Bool {
        guard version == .v3, case .isCertificateAuthority? = try? extensions.basicConstraints else { return false }
        guard extensions[oid: .X509ExtensionID.keyUsage] != nil else { return true }
        return (try? extensions.keyUsage)?.keyCertSign == true
    }
}
