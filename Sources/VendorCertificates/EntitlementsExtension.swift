// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel
internal import SwiftASN1
internal import X509

/// The certificate extension that carries a vendor's entitlements:
///
///     Entitlements ::= SEQUENCE {
///         version  INTEGER,                  -- 1
///         words    SEQUENCE OF UTF8String,   -- as in Entitlements+Text
///         ...                                -- later fields, which version 1 passes over
///     }
///
/// It isn't critical: to others it says nothing. A word that this version doesn't know grants nothing, so that a
/// certificate for a newer platform works on an older one. What would mean something else needs another version, and
/// that is refused.
struct EntitlementsExtension: Hashable, Sendable {
    static let version = 1
    /// Bytes of the whole value.
    static let maximumSize = 8 << 10
    static let maximumWords = 128
    /// Bytes of one word.
    static let maximumWordLength = 64

    var entitlements: Entitlements
    /// Words that this version doesn't know.
    var unknown: [String] = []

    init(_ entitlements: Entitlements) { self.entitlements = entitlements }

    init(value: ArraySlice<UInt8>) throws(VendorCertificateError) {
        guard value.count <= Self.maximumSize else { throw Self.malformed }
        let version: Int
        let words: [String]
        do {
            (version, words) = try DER.sequence(DER.parse(value), identifier: .sequence) { nodes in
                let version = try Int(derEncoded: &nodes)
                let words = version == Self.version ? try Self.words(&nodes) : []
                while nodes.next() != nil {}
                return (version, words)
            }
        } catch {
            throw Self.malformed
        }
        guard version == Self.version else {
            throw VendorCertificateError(
                .unsupported, "the certificate's entitlements are of another version: update the platform")
        }
        entitlements = .none
        for word in words {
            if let known = try? Entitlements(word: word) {
                entitlements = entitlements.union(known)
            } else {
                unknown.append(word)
            }
        }
    }

    func makeExtension() throws -> Certificate.Extension {
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(Self.version)
            try coder.serializeSequenceOf(entitlements.words.map { ASN1UTF8String($0) })
        }
        return Certificate.Extension(
            oid: ExtensionIdentifiers.entitlements, critical: false, value: coder.serializedBytes[...])
    }

    private static func words(_ nodes: inout ASN1NodeCollection.Iterator) throws -> [String] {
        guard let list = nodes.next() else { throw malformed }
        let strings = try DER.sequence(of: ASN1UTF8String.self, identifier: .sequence, rootNode: list)
        guard strings.count <= maximumWords else { throw malformed }
        return try strings.map { string in
            // Visible ASCII only: words of certificates are shown.
            guard (1...maximumWordLength).contains(string.bytes.count),
                string.bytes.allSatisfy({ (0x21...0x7e).contains($0) })
            else { throw malformed }
            return String(decoding: string.bytes, as: UTF8.self)
        }
    }

    private static let malformed = VendorCertificateError(
        .malformed, "the certificate's entitlements can't be read: have it issued again")
}
