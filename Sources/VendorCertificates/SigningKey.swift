// SPDX-License-Identifier: Apache-2.0

internal import Crypto
public import EndpointModel
internal import SwiftASN1
internal import X509

/// A private key for certificates. Whoever writes it to a file gives that mode 0600.
public struct SigningKey: Sendable {
    /// Bytes of a file that holds one.
    public static let maximumFileSize = 16 << 10

    public let algorithm: KeyAlgorithm
    let key: Certificate.PrivateKey

    /// Makes a new one from the system's random numbers.
    public init(_ algorithm: KeyAlgorithm) {
        self.algorithm = algorithm
        key =
            switch algorithm {
            case .p256: Certificate.PrivateKey(P256.Signing.PrivateKey())
            case .ed25519: Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
            }
    }

    /// Reads PKCS #8 (`PRIVATE KEY`) or, for P-256, SEC 1 (`EC PRIVATE KEY`), and passes over what else is in the file.
    ///
    /// - Throws: `malformed`, or `unsupported` for another kind of key.
    public init(pem: String) throws(VendorCertificateError) {
        let document = try PEMDocument.first(in: pem, limit: Self.maximumFileSize, "private key") {
            $0.hasSuffix("PRIVATE KEY")
        }
        do {
            key = try Certificate.PrivateKey(pemDocument: document)
        } catch {
            throw VendorCertificateError(
                .malformed, "the private key can't be read: give one in PEM, not encrypted, P-256 or Ed25519")
        }
        guard let algorithm = key.publicKey.algorithm else {
            throw VendorCertificateError(
                .unsupported, "the private key is of another kind: give a P-256 or an Ed25519 key")
        }
        self.algorithm = algorithm
    }

    /// PKCS #8 in PEM.
    public var pem: String {
        // It can't fail: both kinds have a PEM form.
        try! key.serializeAsPEM().pemString + "\n"
    }

    /// SHA-256 of the public key (DER of SubjectPublicKeyInfo).
    public var fingerprint: EndpointModel.Digest { key.publicKey.fingerprint }

    var signatureAlgorithm: Certificate.SignatureAlgorithm {
        switch algorithm {
        case .p256: .ecdsaWithSHA256
        case .ed25519: .ed25519
        }
    }
}
