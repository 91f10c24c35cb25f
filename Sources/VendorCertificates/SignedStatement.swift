// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

/// What an authority signs beside certificates and lists of revoked ones.
///
/// The purpose stands before what is signed, so that a statement for one passes for no other; and as it is text, for no
/// certificate either, which begins with the tag of a sequence.
public enum StatementPurpose: String, Sendable {
    case policyBundle = "sallyport policy bundle 1\n"

    fileprivate func bytes(_ statement: [UInt8]) -> [UInt8] { Array(rawValue.utf8) + statement }
}

extension SigningKey {
    /// - Returns: ECDSA with SHA-256 in DER (P-256), or Ed25519 (RFC 8032), 64 bytes.
    public func sign(_ statement: [UInt8], for purpose: StatementPurpose) throws(VendorCertificateError) -> [UInt8] {
        do {
            return Array(
                try key.sign(bytes: purpose.bytes(statement), signatureAlgorithm: signatureAlgorithm).rawRepresentation)
        } catch {
            throw VendorCertificateError(.invalidContents, "the key can't sign that")
        }
    }
}

extension SignedCertificate {
    /// Whether this certificate's key signed the statement for that purpose.
    ///
    /// - Throws: `unsupported` for a key that is neither P-256 nor Ed25519.
    public func signed(
        _ statement: [UInt8], for purpose: StatementPurpose, _ signature: [UInt8]
    ) throws(VendorCertificateError) -> Bool {
        let algorithm: Certificate.SignatureAlgorithm =
            switch certificate.publicKey.algorithm {
            case .p256: .ecdsaWithSHA256
            case .ed25519: .ed25519
            case nil:
                throw VendorCertificateError(
                    .unsupported,
                    "the authority's key is neither P-256 nor Ed25519: statements are signed by such a key")
            }
        return certificate.publicKey.isValidSignature(
            signature, for: purpose.bytes(statement), signatureAlgorithm: algorithm)
    }
}
