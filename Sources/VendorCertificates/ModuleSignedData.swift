// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

/// The PKCS #7 message at the end of a kernel module (RFC 5652, SignedData), as the kernel takes it
/// (crypto/asymmetric_keys/pkcs7_parser.c, `VERIFYING_MODULE_SIGNATURE`): detached, of plain data, without signed
/// attributes. Certificates in it are passed over: they are whoever's that made it.
struct ModuleSignedData {
    enum Signer: Hashable {
        case issuerAndSerial(DistinguishedName, ArraySlice<UInt8>)
        case keyIdentifier(ArraySlice<UInt8>)
    }

    struct Signature {
        var signer: Signer
        var algorithm: Certificate.SignatureAlgorithm
        var value: ArraySlice<UInt8>
    }

    private(set) var signatures: [Signature] = []

    /// Signers of one message; the kernel's tools make one.
    static let maximumSignatures = 16

    init(_ bytes: ArraySlice<UInt8>) throws {
        try DER.sequence(try DER.parse(bytes), identifier: .sequence) { nodes in
            guard try ASN1ObjectIdentifier(derEncoded: &nodes) == Self.signedData else {
                throw Self.problem("its type")
            }
            try DER.explicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { try readSignedData($0) }
        }
        guard !signatures.isEmpty else { throw Self.problem("nobody signed") }
    }

    private mutating func readSignedData(_ node: ASN1Node) throws {
        try DER.sequence(node, identifier: .sequence) { nodes in
            _ = try Int(derEncoded: &nodes)
            guard let digestAlgorithms = nodes.next(), digestAlgorithms.identifier == .set, let content = nodes.next()
            else { throw Self.problem("its beginning") }
            try DER.sequence(content, identifier: .sequence) { nodes in
                guard try ASN1ObjectIdentifier(derEncoded: &nodes) == Self.data else {
                    throw Self.problem("the type of what is signed")
                }
                // Content in the message isn't the module that it stands behind; the sequence may hold nothing more.
            }
            while let node = nodes.next() {
                // Certificates and revocation lists.
                if node.identifier.tagClass == .contextSpecific { continue }
                guard node.identifier == .set, case .constructed(let signers) = node.content else {
                    throw Self.problem("its signers")
                }
                for signer in signers {
                    guard signatures.count < Self.maximumSignatures else { throw Self.problem("too many signers") }
                    signatures.append(try Self.signature(signer))
                }
            }
        }
    }

    private static func signature(_ node: ASN1Node) throws -> Signature {
        try DER.sequence(node, identifier: .sequence) { nodes in
            _ = try Int(derEncoded: &nodes)
            guard let identifier = nodes.next() else { throw problem("a signer's name") }
            let signer = try signer(identifier)
            let digest = try algorithm(&nodes)
            guard let next = nodes.next() else { throw problem("a signer") }
            // The kernel refuses them in modules: the signature would be over the attributes.
            guard next.identifier == .sequence else { throw problem("it has signed attributes") }
            let kind = try algorithm(next)
            let value = try ASN1OctetString(derEncoded: &nodes).bytes
            while nodes.next() != nil {}
            guard let known = known.first(where: { $0.digest == digest && $0.kind == kind }) else {
                throw problem("its kind of signature (digest \(digest), signature \(kind)) isn't read here")
            }
            return Signature(signer: signer, algorithm: known.algorithm, value: value)
        }
    }

    private static func signer(_ node: ASN1Node) throws -> Signer {
        if node.identifier == .sequence {
            return try DER.sequence(node, identifier: .sequence) { nodes in
                guard let name = nodes.next() else { throw problem("a signer's name") }
                let issuer = try DistinguishedName(derEncoded: name)
                return .issuerAndSerial(issuer, try ArraySlice(derEncoded: &nodes))
            }
        }
        let tag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        return .keyIdentifier(try ASN1OctetString(derEncoded: node, withIdentifier: tag).bytes)
    }

    private static func algorithm(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1ObjectIdentifier {
        guard let node = nodes.next() else { throw problem("an algorithm") }
        return try algorithm(node)
    }

    /// Parameters are passed over: none of these has any but NULL.
    private static func algorithm(_ node: ASN1Node) throws -> ASN1ObjectIdentifier {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            return identifier
        }
    }

    private static func problem(_ what: String) -> VendorCertificateError {
        VendorCertificateError(.malformed, "the signature isn't one of a module: \(what)")
    }

    private static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 2]
    private static let data: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 1]

    private static let sha256: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 2, 1]
    private static let sha384: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 2, 2]
    private static let sha512: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 2, 3]
    /// What PKCS #7 calls RSA with PKCS #1 v1.5, whatever the digest.
    private static let rsa: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 1]

    /// SHA-1 isn't here: who can make two modules of one digest has both signed.
    private static let known:
        [(digest: ASN1ObjectIdentifier, kind: ASN1ObjectIdentifier, algorithm: Certificate.SignatureAlgorithm)] = [
            (sha256, rsa, .sha256WithRSAEncryption),
            (sha384, rsa, .sha384WithRSAEncryption),
            (sha512, rsa, .sha512WithRSAEncryption),
            (sha256, [1, 2, 840, 10045, 4, 3, 2], .ecdsaWithSHA256),
            (sha384, [1, 2, 840, 10045, 4, 3, 3], .ecdsaWithSHA384),
            (sha512, [1, 2, 840, 10045, 4, 3, 4], .ecdsaWithSHA512),
        ]
}

extension ModuleSignedData.Signer {
    /// For people.
    var text: String {
        switch self {
        case .issuerAndSerial(let issuer, let serial):
            "\(issuer.commonName ?? String(describing: issuer)), serial \(Certificate.SerialNumber(bytes: serial).text)"
        case .keyIdentifier(let bytes):
            "key \(Certificate.SerialNumber(bytes: bytes).text)"
        }
    }
}
