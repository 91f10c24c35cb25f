// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
public import VendorCertificates

extension Registry {
    /// Seconds that the platform's certificate is valid.
    static let serverLifetime: Int64 = 90 * 86400
    /// Seconds before its end at which it is replaced.
    static let serverRenewal: Int64 = 30 * 86400

    /// The platform's own key and certificate; made, and renewed in its last 30 days, where the authority's key is here.
    ///
    /// - Throws: `serverCertificateMissing` where it isn't and none that is valid was imported.
    public func serverIdentity(now: Int64) throws(RegistryError) -> ServerIdentity {
        try state.withLock { state throws(RegistryError) in
            guard let authority = state.authority else { throw .noAuthority }
            let (key, certificate) = try readServer()
            if let key, let certificate, isServer(certificate, key, authority), certificate.validity.contains(now),
                authority.key == nil || !isDue(certificate, authority, now)
            {
                return ServerIdentity(certificate: certificate, key: key, authority: authority.certificate)
            }
            guard authority.key != nil else {
                throw RegistryError(
                    .serverCertificateMissing,
                    "the platform has no valid certificate: have its request signed by the authority and import it")
            }
            let made = SigningKey(.p256)
            let issued: SignedCertificate
            do throws(VendorCertificateError) {
                issued = try authority.issueServer(
                    key: made, validity: Validity(now: now, lifetime: Self.serverLifetime))
            } catch {
                throw RegistryError(.certificateUnsuitable, error)
            }
            try directory.write(made.pem + issued.pem, to: directory.server)
            return ServerIdentity(certificate: issued, key: made, authority: authority.certificate)
        }
    }

    /// A request for the platform's certificate, for an authority whose key isn't here. Its key is made once and kept.
    public func serverRequest() throws(RegistryError) -> SigningRequest {
        try state.withLock { _ throws(RegistryError) in
            var key = try readServer().key
            if key == nil {
                let made = SigningKey(.p256)
                try directory.write(made.pem, to: directory.server)
                key = made
            }
            guard let key else { throw .noAuthority }
            do throws(VendorCertificateError) {
                return try SigningRequest(serverKey: key)
            } catch {
                throw RegistryError(.requestUnsuitable, error)
            }
        }
    }

    /// Takes the certificate that was issued for ``serverRequest()``.
    ///
    /// - Throws: `certificateUnsuitable` unless it is for that key, by the authority and for servers of its name.
    public func importServerCertificate(_ certificate: SignedCertificate) throws(RegistryError) {
        try state.withLock { state throws(RegistryError) in
            guard let authority = state.authority else { throw .noAuthority }
            guard let key = try readServer().key, isServer(certificate, key, authority) else {
                throw RegistryError(
                    .certificateUnsuitable,
                    "the certificate isn't the platform's: have its request signed by the authority itself, with serverAuth"
                        + " and the DNS name \(CertificateAuthority.serverName)")
            }
            try directory.write(key.pem + certificate.pem, to: directory.server)
        }
    }

    /// Whether another one would be good for longer: none outlives the authority.
    private func isDue(_ certificate: SignedCertificate, _ authority: CertificateAuthority, _ now: Int64) -> Bool {
        certificate.notAfter - Self.serverRenewal < now && certificate.notAfter < authority.certificate.notAfter
    }

    private func isServer(
        _ certificate: SignedCertificate, _ key: SigningKey, _ authority: CertificateAuthority
    ) -> Bool { certificate.keyFingerprint == key.fingerprint && authority.isServerCertificate(certificate) }

    private func readServer() throws(RegistryError) -> (key: SigningKey?, certificate: SignedCertificate?) {
        guard let text = try directory.readSecret(directory.server) else { return (nil, nil) }
        do throws(VendorCertificateError) {
            let key = try SigningKey(pem: text)
            return (key, text.contains("BEGIN CERTIFICATE-") ? try SignedCertificate(pem: text) : nil)
        } catch {
            throw RegistryError(corrupt: directory.server, error.message)
        }
    }
}
