// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import SwiftASN1
internal import X509

/// A request for a certificate (PKCS #10), signed by the key that it is for.
public struct SigningRequest: Sendable {
    /// Bytes of one in DER.
    public static let maximumSize = 32 << 10

    public let der: [UInt8]
    let request: CertificateSigningRequest
    let extensions: VendorExtensions

    /// Makes one that asks for the extensions that a vendor's certificate needs, so that an authority elsewhere can copy
    /// them.
    public init(
        name: String, key: SigningKey, entitlements: Entitlements = .none, executables: [Digest] = []
    ) throws(VendorCertificateError) {
        let subject = try DistinguishedName(commonName: name)
        do {
            var wanted = Certificate.Extensions()
            try wanted.append(ExtendedKeyUsage([.clientAuth]).makeCertificateExtension())
            try VendorExtensions(entitlements: entitlements, executables: executables).append(to: &wanted)
            try self.init(subject: subject, key: key, extensions: wanted)
        } catch {
            throw VendorCertificateError.contents(error, "the request can't be made")
        }
    }

    /// Makes one for the platform's own certificate.
    public init(serverKey key: SigningKey) throws(VendorCertificateError) {
        let subject = try DistinguishedName(commonName: CertificateAuthority.serverName)
        do {
            var wanted = Certificate.Extensions()
            try wanted.append(ExtendedKeyUsage([.serverAuth]).makeCertificateExtension())
            try wanted.append(
                SubjectAlternativeNames([.dnsName(CertificateAuthority.serverName)]).makeCertificateExtension())
            try self.init(subject: subject, key: key, extensions: wanted)
        } catch {
            throw VendorCertificateError.contents(error, "the request can't be made")
        }
    }

    private init(subject: DistinguishedName, key: SigningKey, extensions: Certificate.Extensions) throws {
        let request = try CertificateSigningRequest(
            version: .v1, subject: subject, privateKey: key.key,
            attributes: .init([.init(ExtensionRequest(extensions: extensions))]))
        var coder = DER.Serializer()
        try coder.serialize(request)
        try self.init(der: coder.serializedBytes)
    }

    /// Reads one and verifies that it is signed by its own key.
    public init(der: [UInt8]) throws(VendorCertificateError) {
        guard der.count <= Self.maximumSize else {
            throw VendorCertificateError(.malformed, "the request is larger than \(Self.maximumSize) bytes")
        }
        let wanted: Certificate.Extensions
        do {
            request = try CertificateSigningRequest(derEncoded: der)
            wanted = try request.attributes.extensionRequest?.extensions ?? Certificate.Extensions()
        } catch {
            throw VendorCertificateError(.malformed, "the request can't be read: give a PKCS #10 request")
        }
        guard request.publicKey.algorithm != nil else {
            throw VendorCertificateError(
                .unsupported, "the request's key is of another kind: make a P-256 or an Ed25519 key")
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw VendorCertificateError(.badSignature, "the request isn't signed by its own key: make it again")
        }
        extensions = try VendorExtensions(wanted)
        self.der = der
    }

    /// The first request in `pem`.
    public init(pem: String) throws(VendorCertificateError) {
        let document = try PEMDocument.first(in: pem, limit: 2 * Self.maximumSize, "certificate request") {
            $0 == CertificateSigningRequest.defaultPEMDiscriminator || $0 == "NEW CERTIFICATE REQUEST"
        }
        try self.init(der: document.derBytes)
    }

    public var pem: String { PEMDocument.text(CertificateSigningRequest.defaultPEMDiscriminator, der) }
    /// The subject's common name, if there is exactly one.
    public var commonName: String? { request.subject.commonName }
    /// SHA-256 of the public key (DER of SubjectPublicKeyInfo).
    public var keyFingerprint: Digest { request.publicKey.fingerprint }
    /// What it asks for; none when it doesn't say. The authority decides what is granted.
    public var entitlements: Entitlements { extensions.entitlements }
    public var executables: [Digest] { extensions.executables }
}
