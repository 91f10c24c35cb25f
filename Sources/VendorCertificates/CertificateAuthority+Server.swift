// SPDX-License-Identifier: Apache-2.0

internal import X509

extension CertificateAuthority {
    /// Whether `certificate` is one that this authority signed, for a server of ``serverName``. Its validity is the
    /// caller's to look at.
    public func isServerCertificate(_ certificate: SignedCertificate) -> Bool {
        let issuer = self.certificate.certificate
        let found = certificate.certificate
        guard found.issuer == issuer.subject, issuer.publicKey.isValidSignature(found.signature, for: found) else {
            return false
        }
        do {
            return try found.extensions.extendedKeyUsage?.contains(.serverAuth) == true
                && found.extensions.subjectAlternativeNames?.contains(.dnsName(Self.serverName)) == true
        } catch {
            return false
        }
    }
}
