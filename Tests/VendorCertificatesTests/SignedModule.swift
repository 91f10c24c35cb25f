// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import SwiftASN1
import X509
import _CryptoExtras

@testable import VendorCertificates

/// Kernel modules as the kernel's `sign-file` makes them, of which every part can be wrong.
struct SignedModule {
    /// Enough of one: the signature is over bytes.
    static let content = [0x7f, 0x45, 0x4c, 0x46] + (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    static let mark = Array("~Module signature appended~\n".utf8)

    enum Kind: CaseIterable {
        case rsa256
        case rsa384
        case rsa512
        case p256
        case p384
        case p521

        func makeKey() throws -> Certificate.PrivateKey {
            switch self {
            case .rsa256, .rsa384, .rsa512:
                Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            case .p256: Certificate.PrivateKey(P256.Signing.PrivateKey())
            case .p384: Certificate.PrivateKey(P384.Signing.PrivateKey())
            case .p521: Certificate.PrivateKey(P521.Signing.PrivateKey())
            }
        }

        var algorithm: Certificate.SignatureAlgorithm {
            switch self {
            case .rsa256: .sha256WithRSAEncryption
            case .rsa384: .sha384WithRSAEncryption
            case .rsa512: .sha512WithRSAEncryption
            case .p256: .ecdsaWithSHA256
            case .p384: .ecdsaWithSHA384
            case .p521: .ecdsaWithSHA512
            }
        }

        var digest: ASN1ObjectIdentifier {
            switch self {
            case .rsa256, .p256: [2, 16, 840, 1, 101, 3, 4, 2, 1]
            case .rsa384, .p384: [2, 16, 840, 1, 101, 3, 4, 2, 2]
            case .rsa512, .p521: [2, 16, 840, 1, 101, 3, 4, 2, 3]
            }
        }

        var signature: ASN1ObjectIdentifier {
            switch self {
            case .rsa256, .rsa384, .rsa512: [1, 2, 840, 113549, 1, 1, 1]
            case .p256: [1, 2, 840, 10045, 4, 3, 2]
            case .p384: [1, 2, 840, 10045, 4, 3, 3]
            case .p521: [1, 2, 840, 10045, 4, 3, 4]
            }
        }
    }

    let kind: Kind
    let key: Certificate.PrivateKey
    let certificate: Certificate
    var content = SignedModule.content
    var namesKey = false
    /// What `struct module_signature` begins with.
    var description: [UInt8] = [0, 0, 2, 0, 0, 0, 0, 0]
    /// Of the message, where it isn't its length.
    var length: Int?

    init(_ kind: Kind = .p256, name: String = "Kernel build") throws {
        self.kind = kind
        key = try kind.makeKey()
        let subject = try DistinguishedName(commonName: name)
        let keyIdentifier = SubjectKeyIdentifier(hash: key.publicKey)
        certificate = try Certificate(
            version: .v3, serialNumber: .random(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: 1),
            issuer: subject, subject: subject, signatureAlgorithm: kind.algorithm,
            extensions: Certificate.Extensions([try Certificate.Extension(keyIdentifier, critical: false)]),
            issuerPrivateKey: key)
    }

    var signers: [ModuleSigner] {
        get throws {
            var coder = DER.Serializer()
            try coder.serialize(certificate)
            return try ModuleSigner.all(in: coder.serializedBytes)
        }
    }

    func message() throws -> [UInt8] {
        let value = Array(try key.sign(bytes: content, signatureAlgorithm: kind.algorithm).rawRepresentation)
        let context = { (tag: UInt) in ASN1Identifier(tagWithNumber: tag, tagClass: .contextSpecific) }
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize([1, 2, 840, 113549, 1, 7, 2] as ASN1ObjectIdentifier)
            try coder.appendConstructedNode(identifier: context(0)) { coder in
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    try coder.serialize(namesKey ? 3 : 1)
                    try coder.appendConstructedNode(identifier: .set) { try algorithm(kind.digest, &$0) }
                    try coder.appendConstructedNode(identifier: .sequence) {
                        try $0.serialize([1, 2, 840, 113549, 1, 7, 1] as ASN1ObjectIdentifier)
                    }
                    try coder.appendConstructedNode(identifier: .set) { coder in
                        try coder.appendConstructedNode(identifier: .sequence) { coder in
                            try coder.serialize(namesKey ? 3 : 1)
                            if namesKey {
                                let bytes = SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier
                                try ASN1OctetString(contentBytes: bytes).serialize(
                                    into: &coder, withIdentifier: context(0))
                            } else {
                                try coder.appendConstructedNode(identifier: .sequence) { coder in
                                    try coder.serialize(certificate.issuer)
                                    try coder.serialize(certificate.serialNumber.bytes)
                                }
                            }
                            try algorithm(kind.digest, &coder)
                            try algorithm(kind.signature, &coder)
                            try coder.serialize(ASN1OctetString(contentBytes: value[...]))
                        }
                    }
                }
            }
        }
        return coder.serializedBytes
    }

    private func algorithm(_ identifier: ASN1ObjectIdentifier, _ coder: inout DER.Serializer) throws {
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(identifier)
            try coder.serialize(ASN1Null())
        }
    }

    func bytes(message: [UInt8]? = nil) throws -> [UInt8] {
        let message = try message ?? self.message()
        let length = UInt32(self.length ?? message.count)
        let size = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        return content + message + description + size + Self.mark
    }
}
