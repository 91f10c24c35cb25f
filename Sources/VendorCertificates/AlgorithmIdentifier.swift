// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

/// How a revocation list names the kind of its signature (RFC 5280, 4.1.1.2); the certificate library keeps its own to
/// itself.
struct AlgorithmIdentifier: Hashable {
    var algorithm: Certificate.SignatureAlgorithm

    init(_ algorithm: Certificate.SignatureAlgorithm) { self.algorithm = algorithm }

    /// Parameters are passed over: none of these kinds has any but NULL.
    init(_ node: ASN1Node) throws {
        algorithm = try DER.sequence(node, identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            guard let known = Self.known.first(where: { $0.identifier == identifier }) else {
                throw VendorCertificateError(
                    .unsupported, "the revocation list has a kind of signature that isn't accepted")
            }
            return known.algorithm
        }
    }

    func serialize(into coder: inout DER.Serializer) throws {
        guard let known = Self.known.first(where: { $0.algorithm == algorithm }) else {
            throw VendorCertificateError(.unsupported, "the authority's kind of signature isn't accepted")
        }
        try coder.appendConstructedNode(identifier: .sequence) { try $0.serialize(known.identifier) }
    }

    private static let known: [(algorithm: Certificate.SignatureAlgorithm, identifier: ASN1ObjectIdentifier)] = [
        (.ecdsaWithSHA256, [1, 2, 840, 10045, 4, 3, 2]),
        (.ecdsaWithSHA384, [1, 2, 840, 10045, 4, 3, 3]),
        (.ecdsaWithSHA512, [1, 2, 840, 10045, 4, 3, 4]),
        (.sha256WithRSAEncryption, [1, 2, 840, 113549, 1, 1, 11]),
        (.sha384WithRSAEncryption, [1, 2, 840, 113549, 1, 1, 12]),
        (.sha512WithRSAEncryption, [1, 2, 840, 113549, 1, 1, 13]),
        (.ed25519, [1, 3, 101, 112]),
    ]
}
