// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

extension RevocationList {
    /// A list as it was read, nothing of it verified yet.
    struct Parts {
        var issuer: DistinguishedName
        var revoked: [String: Int64] = [:]
        var number: UInt64?
        var thisUpdate: Int64
        var nextUpdate: Int64?
        /// What is signed, how, and the signature.
        var signed: ArraySlice<UInt8>
        var algorithm: AlgorithmIdentifier
        var signature: ArraySlice<UInt8>

        init(der: [UInt8]) throws {
            self = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                guard let list = nodes.next(), let algorithm = nodes.next() else { throw Self.malformed }
                let signature = try ASN1BitString(derEncoded: &nodes)
                guard signature.paddingBits == 0 else { throw Self.malformed }
                return try Self(
                    list: list, algorithm: AlgorithmIdentifier(algorithm), signature: signature.bytes)
            }
        }

        private init(list: ASN1Node, algorithm: AlgorithmIdentifier, signature: ArraySlice<UInt8>) throws {
            self = try DER.sequence(list, identifier: .sequence) { nodes in
                // Version 2 is written as 1.
                guard try Int(derEncoded: &nodes) == 1, let inner = nodes.next(),
                    try AlgorithmIdentifier(inner) == algorithm
                else { throw Self.malformed }
                guard let issuer = nodes.next(), let thisUpdate = nodes.next() else { throw Self.malformed }
                var parts = try Self(
                    issuer: DistinguishedName(derEncoded: issuer), thisUpdate: CalendarTime(thisUpdate).seconds,
                    signed: list.encodedBytes,
                    algorithm: algorithm, signature: signature)
                var next = nodes.next()
                if let time = next, time.identifier == .utcTime || time.identifier == .generalizedTime {
                    parts.nextUpdate = try CalendarTime(time).seconds
                    next = nodes.next()
                }
                if let entries = next, entries.identifier == .sequence {
                    try parts.readEntries(entries)
                    next = nodes.next()
                }
                if let extensions = next {
                    try parts.readExtensions(extensions)
                    next = nodes.next()
                }
                guard next == nil else { throw Self.malformed }
                return parts
            }
        }

        private init(
            issuer: DistinguishedName, thisUpdate: Int64, signed: ArraySlice<UInt8>, algorithm: AlgorithmIdentifier,
            signature: ArraySlice<UInt8>
        ) {
            self.issuer = issuer
            self.thisUpdate = thisUpdate
            self.signed = signed
            self.algorithm = algorithm
            self.signature = signature
        }

        private mutating func readEntries(_ node: ASN1Node) throws {
            guard case .constructed(let entries) = node.content else { throw Self.malformed }
            for entry in entries {
                try DER.sequence(entry, identifier: .sequence) { nodes in
                    let serial = Certificate.SerialNumber(bytes: try ArraySlice<UInt8>(derEncoded: &nodes))
                    guard serial.bytes.count <= Certificate.SerialNumber.maximumLength, let time = nodes.next() else {
                        throw Self.malformed
                    }
                    revoked[serial.text] = try CalendarTime(time).seconds
                    guard let extensions = nodes.next() else { return }
                    for found in try Self.extensions(extensions) where found.critical { throw Self.partial }
                }
            }
        }

        private mutating func readExtensions(_ node: ASN1Node) throws {
            let list = try DER.explicitlyTagged(node, tagNumber: 0, tagClass: .contextSpecific) { $0 }
            for found in try Self.extensions(list) {
                if found.oid == Self.numberIdentifier {
                    // Up to 20 bytes are allowed. Of longer ones than these the time tells which list is newer.
                    number = try? UInt64(derEncoded: found.value)
                } else if found.critical {
                    throw Self.partial
                }
            }
        }

        private static func extensions(_ node: ASN1Node) throws -> [Certificate.Extension] {
            try DER.sequence(of: Certificate.Extension.self, identifier: .sequence, rootNode: node)
        }

        /// cRLNumber (RFC 5280, 5.2.3).
        static let numberIdentifier: ASN1ObjectIdentifier = [2, 5, 29, 20]

        static let malformed = VendorCertificateError(
            .malformed, "the revocation list can't be read: give an X.509 v2 list in DER or PEM")
        private static let partial = VendorCertificateError(
            .unsupported,
            "the revocation list is a partial, an indirect or a delta list: give the authority's whole list")
    }
}
