// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
internal import SwiftASN1
internal import X509

/// A certificate that was read, of whoever: nothing is said about who signed it.
public struct SignedCertificate: Sendable {
    /// Bytes of one in DER; every larger one is refused unread.
    public static let maximumSize = 32 << 10

    public let der: [UInt8]
    let certificate: Certificate
    let extensions: VendorExtensions
    /// From when to when it is valid.
    public let validity: Validity

    /// - Throws: `malformed` or `unsupported`, also for an extension of ours.
    public init(der: [UInt8]) throws(VendorCertificateError) {
        guard der.count <= Self.maximumSize else {
            throw VendorCertificateError(.malformed, "the certificate is larger than \(Self.maximumSize) bytes")
        }
        do {
            certificate = try Certificate(derEncoded: der)
        } catch {
            throw VendorCertificateError(.malformed, "the certificate can't be read: give an X.509 certificate")
        }
        self.der = der
        extensions = try VendorExtensions(certificate.extensions)
        validity = certificate.validity
    }

    /// The first certificate in `pem`.
    public init(pem: String) throws(VendorCertificateError) {
        let document = try PEMDocument.first(in: pem, limit: Self.maximumFileSize, "certificate") {
            $0 == Certificate.defaultPEMDiscriminator
        }
        try self.init(der: document.derBytes)
    }

    /// Bytes of a file in PEM, which may hold others after it.
    public static let maximumFileSize = 256 << 10

    /// A certificate that was just made. It is read back, so that none is issued which couldn't be.
    init(_ certificate: Certificate) throws(VendorCertificateError) {
        var coder = DER.Serializer()
        do {
            try coder.serialize(certificate)
        } catch {
            throw VendorCertificateError(.invalidContents, "the certificate can't be written")
        }
        try self.init(der: coder.serializedBytes)
    }

    public var pem: String { PEMDocument.text(Certificate.defaultPEMDiscriminator, der) }

    /// The subject's common name, if there is exactly one.
    public var commonName: String? { certificate.subject.commonName }
    /// Lower-case hexadecimal digits, two a byte.
    public var serial: String { certificate.serialNumber.text }
    /// Seconds since 1970; the first at which it is valid.
    public var notBefore: Int64 { validity.notBefore }
    /// Seconds since 1970; the last at which it is valid.
    public var notAfter: Int64 { validity.notAfter }
    /// SHA-256 of the public key (DER of SubjectPublicKeyInfo).
    public var keyFingerprint: Digest { certificate.publicKey.fingerprint }
    /// None when it has no such extension.
    public var entitlements: Entitlements { extensions.entitlements }
    /// Words among the entitlements that this version doesn't know; they grant nothing.
    public var unknownEntitlements: [String] { extensions.unknownEntitlements }
    /// Digests of the programs that may use it; empty when any may.
    public var executables: [Digest] { extensions.executables }
}

extension SignedCertificate: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
