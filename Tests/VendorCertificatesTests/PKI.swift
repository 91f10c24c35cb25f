// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import FoundationEssentials
import SwiftASN1
import X509

@testable import VendorCertificates

/// Certificates for tests: right ones by the authority, and wrong ones put together by hand.
struct PKI {
    /// 2026-01-01.
    static let start: Int64 = 1_767_225_600
    static let day: Int64 = 86400
    static let granted = Entitlements(notify: [.processExec, .fileOpen], ask: [.processExec], protectSelf: true)

    let authority: CertificateAuthority
    let key = SigningKey(.p256)

    init(name: String = "Site Authority", algorithm: KeyAlgorithm = .p256) throws {
        authority = try CertificateAuthority.create(name: name, algorithm: algorithm, now: Self.start)
    }

    /// Valid from `start` to 30 days later.
    static let validity = Validity(notBefore: start, notAfter: start + 30 * day)

    func vendor(
        _ name: String = "acme", validity: Validity = PKI.validity, executables: [EndpointModel.Digest] = []
    ) throws -> SignedCertificate {
        try authority.issueVendor(
            name: name, request: SigningRequest(name: name, key: key), entitlements: Self.granted,
            executables: executables, validity: validity)
    }

    func verify(
        _ chain: SignedCertificate..., at now: Int64 = PKI.start + day
    ) async
        -> Result<CertificateChain, Refusal>
    {
        await CertificateChain.verify(chain.map(\.der), authority: authority.certificate, now: now)
    }
}

/// A certificate of which every part can be wrong.
struct HandMade {
    var version = Certificate.Version.v3
    var subject = "acme"
    var key = SigningKey(.p256).key
    var publicKey: Certificate.PublicKey?
    var validity = PKI.validity
    var extensions: [Certificate.Extension] = []
    /// How it signs others, where not as its key does by itself.
    var signature: Certificate.SignatureAlgorithm?

    /// What a vendor's certificate has.
    static func leaf() throws -> HandMade {
        var made = HandMade()
        made.extensions = [
            try Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true),
            try Certificate.Extension(KeyUsage(digitalSignature: true), critical: true),
            try ExtendedKeyUsage([.clientAuth]).makeCertificateExtension(),
            try EntitlementsExtension(PKI.granted).makeExtension(),
        ]
        return made
    }

    /// An intermediate authority.
    static func issuer(_ name: String = "Middle", pathLength: Int? = nil) throws -> HandMade {
        var made = HandMade()
        made.subject = name
        made.extensions = [
            try Certificate.Extension(
                BasicConstraints.isCertificateAuthority(maxPathLength: pathLength), critical: true),
            try Certificate.Extension(KeyUsage(keyCertSign: true, cRLSign: true), critical: true),
        ]
        return made
    }

    func replacing(_ other: Certificate.Extension) -> HandMade {
        var made = removing(other.oid)
        made.extensions.append(other)
        return made
    }

    func removing(_ oid: ASN1ObjectIdentifier) -> HandMade {
        var made = self
        made.extensions.removeAll { $0.oid == oid }
        return made
    }

    /// Signed by `issuer`'s key, in its name.
    func signed(by issuer: HandMade) throws -> SignedCertificate {
        try signed(
            issuerName: DistinguishedName(commonName: issuer.subject), key: issuer.key,
            signature: issuer.signature
                ?? (issuer.key.description.hasPrefix("RSA") ? .sha256WithRSAEncryption : .ecdsaWithSHA256))
    }

    func signed(by authority: CertificateAuthority) throws -> SignedCertificate {
        try signed(
            issuerName: authority.certificate.certificate.subject, key: authority.key!.key,
            signature: .ecdsaWithSHA256)
    }

    private func signed(
        issuerName: DistinguishedName, key issuerKey: Certificate.PrivateKey, signature: Certificate.SignatureAlgorithm
    ) throws -> SignedCertificate {
        try SignedCertificate(
            Certificate(
                version: version, serialNumber: .random(), publicKey: publicKey ?? key.publicKey,
                notValidBefore: Date(timeIntervalSince1970: Double(validity.notBefore)),
                notValidAfter: Date(timeIntervalSince1970: Double(validity.notAfter)), issuer: issuerName,
                subject: DistinguishedName(commonName: subject), signatureAlgorithm: signature,
                extensions: Certificate.Extensions(extensions),
                issuerPrivateKey: issuerKey))
    }
}

extension Result where Failure == Refusal {
    var refusal: Refusal.Code? {
        if case .failure(let refusal) = self { refusal.code } else { nil }
    }
}
