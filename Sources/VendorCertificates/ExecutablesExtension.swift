// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel
internal import SwiftASN1
internal import X509

/// The certificate extension that lists the programs that may use it:
///
///     Executables ::= SEQUENCE {
///         version  INTEGER,                            -- 1
///         digests  SEQUENCE SIZE (1..256) OF OCTET STRING   -- SHA-256, 32 bytes each
///     }
///
/// It restricts, so what isn't understood refuses the certificate: unlike entitlements, nothing may follow.
struct ExecutablesExtension: Hashable, Sendable {
    static let version = 1
    static let maximumCount = 256
    /// Bytes of the whole value: 256 digests take 8,704 and the frame some more.
    static let maximumSize = 10 << 10

    var digests: [Digest]

    init(_ digests: [Digest]) { self.digests = digests }

    init(value: ArraySlice<UInt8>) throws(VendorCertificateError) {
        guard value.count <= Self.maximumSize else { throw Self.malformed }
        do {
            digests = try DER.sequence(DER.parse(value), identifier: .sequence) { nodes in
                guard try Int(derEncoded: &nodes) == Self.version, let list = nodes.next() else {
                    throw Self.malformed
                }
                return try DER.sequence(of: ASN1OctetString.self, identifier: .sequence, rootNode: list).map {
                    guard let digest = Digest(bytes: Array($0.bytes)) else { throw Self.malformed }
                    return digest
                }
            }
        } catch {
            throw Self.malformed
        }
        guard (1...Self.maximumCount).contains(digests.count) else { throw Self.malformed }
    }

    func makeExtension() throws -> Certificate.Extension {
        guard (1...Self.maximumCount).contains(digests.count) else {
            throw VendorCertificateError(
                .invalidContents, "\(digests.count) programs are listed: list at most \(Self.maximumCount)")
        }
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(Self.version)
            try coder.serializeSequenceOf(digests.map { ASN1OctetString(contentBytes: $0.bytes[...]) })
        }
        return Certificate.Extension(
            oid: ExtensionIdentifiers.executables, critical: false, value: coder.serializedBytes[...])
    }

    private static let malformed = VendorCertificateError(
        .malformed, "the certificate's list of programs can't be read: have it issued again")
}
