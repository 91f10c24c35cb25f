// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import X509

extension CertificateAuthority {
    /// Issues a vendor's certificate for the key of `request`; name and rights are the caller's, not the request's.
    ///
    /// It never outlives the authority's own.
    public func issueVendor(
        name: String, request: SigningRequest, entitlements: Entitlements, executables: [Digest] = [],
        validity: Validity
    ) throws(VendorCertificateError) -> SignedCertificate {
        try issueVendor(
            name: name, publicKey: request.request.publicKey, entitlements: entitlements, executables: executables,
            validity: validity)
    }

    /// Issues a vendor's certificate for the key of `certificate`, which it is to replace.
    public func issueVendor(
        name: String, replacing certificate: SignedCertificate, entitlements: Entitlements,
        executables: [Digest] = [], validity: Validity
    ) throws(VendorCertificateError) -> SignedCertificate {
        try issueVendor(
            name: name, publicKey: certificate.certificate.publicKey, entitlements: entitlements,
            executables: executables, validity: validity)
    }

    /// Issues the certificate by which the platform shows itself to clients: DNS name ``serverName``.
    public func issueServer(key: SigningKey, validity: Validity) throws(VendorCertificateError) -> SignedCertificate {
        let subject = try DistinguishedName(commonName: Self.serverName)
        do {
            var extensions = try leafExtensions(key.key.publicKey, .serverAuth)
            try extensions.append(SubjectAlternativeNames([.dnsName(Self.serverName)]).makeCertificateExtension())
            return try issue(subject, key.key.publicKey, extensions, validity)
        } catch {
            throw VendorCertificateError.contents(error, "the platform's certificate can't be made")
        }
    }

    private func issueVendor(
        name: String, publicKey: Certificate.PublicKey, entitlements: Entitlements, executables: [Digest],
        validity: Validity
    ) throws(VendorCertificateError) -> SignedCertificate {
        guard VendorName.isValid(name) else {
            throw VendorCertificateError(.invalidContents, "no vendor may have that name: write \(VendorName.grammar)")
        }
        let subject = try DistinguishedName(commonName: name)
        do {
            var extensions = try leafExtensions(publicKey, .clientAuth)
            try VendorExtensions(entitlements: entitlements, executables: executables).append(to: &extensions)
            return try issue(subject, publicKey, extensions, validity)
        } catch {
            throw VendorCertificateError.contents(error, "the vendor's certificate can't be made")
        }
    }

    private func leafExtensions(
        _ publicKey: Certificate.PublicKey, _ usage: ExtendedKeyUsage.Usage
    ) throws -> Certificate.Extensions {
        let issuer = certificate.certificate
        let issuerIdentifier =
            try issuer.extensions.subjectKeyIdentifier ?? SubjectKeyIdentifier(hash: issuer.publicKey)
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([usage])
            SubjectKeyIdentifier(hash: publicKey)
            AuthorityKeyIdentifier(keyIdentifier: issuerIdentifier.keyIdentifier)
        }
    }

    private func issue(
        _ subject: DistinguishedName, _ publicKey: Certificate.PublicKey, _ extensions: Certificate.Extensions,
        _ validity: Validity
    ) throws -> SignedCertificate {
        guard let key else {
            throw VendorCertificateError(
                .unsuitable, "the authority's key isn't here: have the request signed elsewhere")
        }
        var validity = validity
        validity.notBefore = max(validity.notBefore, certificate.notBefore)
        validity.notAfter = min(validity.notAfter, certificate.notAfter)
        let dates = try validity.dates
        return try SignedCertificate(
            Certificate(
                version: .v3, serialNumber: .random(), publicKey: publicKey, notValidBefore: dates.notBefore,
                notValidAfter: dates.notAfter, issuer: certificate.certificate.subject, subject: subject,
                extensions: extensions, issuerPrivateKey: key.key))
    }
}
