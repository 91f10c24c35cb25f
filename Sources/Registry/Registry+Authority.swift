// SPDX-License-Identifier: Apache-2.0

internal import LinuxSystem
internal import Synchronization
public import VendorCertificates

extension Registry {
    /// What vendors' certificates are verified against.
    public var authority: SignedCertificate? { state.withLock { $0.authority?.certificate } }

    /// Makes an authority of this site's own.
    ///
    /// - Throws: `authorityExists` also when only a key is there.
    @discardableResult
    public func initAuthority(
        name: String, algorithm: KeyAlgorithm = .p256, now: Int64
    ) throws(RegistryError) -> SignedCertificate {
        let made: CertificateAuthority
        do throws(VendorCertificateError) {
            made = try CertificateAuthority.create(name: name, algorithm: algorithm, now: now)
        } catch {
            throw RegistryError(.certificateUnsuitable, error)
        }
        try take(made)
        return made.certificate
    }

    /// Takes over an authority. Without its key certificates are signed elsewhere, and only registered here.
    public func importAuthority(certificate: SignedCertificate, key: SigningKey?) throws(RegistryError) {
        let found: CertificateAuthority
        do throws(VendorCertificateError) {
            found = try CertificateAuthority(certificate: certificate, key: key)
        } catch {
            throw RegistryError(.certificateUnsuitable, error)
        }
        try take(found)
    }

    private func take(_ authority: CertificateAuthority) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            guard state.authority == nil, !FileSystem.exists(directory.certificate),
                !FileSystem.exists(directory.key)
            else {
                throw RegistryError(
                    .authorityExists,
                    "\(directory.path)/authority has a certificate or key already: move them away, with all that they"
                        + " issued, to begin anew")
            }
            // The certificate comes last: only with it there is an authority.
            if let key = authority.key { try directory.write(key.pem, to: directory.key) }
            try directory.write(authority.certificate.pem, to: directory.certificate)
            state.authority = authority
            _ = state.revocations.refresh(directory, authority: authority.certificate)
            state.version += 1
        }
    }
}
