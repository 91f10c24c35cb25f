// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1
internal import X509

extension RevocationList {
    static func encode(
        revoked: [String: Int64], number: UInt64, authority: CertificateAuthority, now: Int64
    ) throws -> [UInt8] {
        guard let key = authority.key else {
            throw VendorCertificateError(.unsuitable, "the authority's key isn't here: have the list signed elsewhere")
        }
        let algorithm = AlgorithmIdentifier(key.signatureAlgorithm)
        let issuer = authority.certificate.certificate
        var list = DER.Serializer()
        try list.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(1)
            try algorithm.serialize(into: &coder)
            try coder.serialize(issuer.subject)
            try time(now).serialize(into: &coder)
            try time(max(now, authority.certificate.notAfter)).serialize(into: &coder)
            // An empty list has to be left out.
            if !revoked.isEmpty {
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    for (serial, since) in revoked.sorted(by: { $0.key < $1.key }) {
                        try serialize(serial, since, &coder)
                    }
                }
            }
            try coder.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { coder in
                try coder.serializeSequenceOf(extensions(number, issuer))
            }
        }
        let signature = try key.key.sign(bytes: list.serializedBytes, signatureAlgorithm: algorithm.algorithm)
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            coder.serializeRawBytes(list.serializedBytes)
            try algorithm.serialize(into: &coder)
            try coder.serialize(ASN1BitString(bytes: signature.rawRepresentation[...]))
        }
        return coder.serializedBytes
    }

    private static func serialize(_ serial: String, _ since: Int64, _ coder: inout DER.Serializer) throws {
        guard let number = Certificate.SerialNumber(text: serial) else {
            throw VendorCertificateError(.invalidContents, "'\(serial)' is no serial number: write hexadecimal digits")
        }
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(number.bytes)
            try time(since).serialize(into: &coder)
        }
    }

    private static func extensions(_ number: UInt64, _ issuer: Certificate) throws -> [Certificate.Extension] {
        var coder = DER.Serializer()
        try coder.serialize(number)
        let identifier = try issuer.extensions.subjectKeyIdentifier ?? SubjectKeyIdentifier(hash: issuer.publicKey)
        return [
            try AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier).makeCertificateExtension(),
            Certificate.Extension(oid: Parts.numberIdentifier, critical: false, value: coder.serializedBytes[...]),
        ]
    }

    private static func time(_ seconds: Int64) throws -> CalendarTime {
        guard CalendarTime.range.contains(seconds) else {
            throw VendorCertificateError(
                .invalidContents, "revocation lists are dated from 1970 to 9999: set the clock")
        }
        return CalendarTime(seconds: seconds)
    }
}
