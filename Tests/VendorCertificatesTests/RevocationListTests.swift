// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import Testing
import X509

@testable import VendorCertificates

@Suite struct RevocationListTests {
    let pki: PKI
    init() throws { pki = try PKI() }

    private func list(
        _ revoked: [String: Int64] = ["0a": PKI.start, "7f00ff": PKI.start + 1], number: UInt64 = 3
    ) throws -> RevocationList {
        try RevocationList(revoked: revoked, number: number, authority: pki.authority, now: PKI.start + PKI.day)
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `A list is the same after it was written and read, in DER and in PEM`(algorithm: KeyAlgorithm) throws {
        let pki = try PKI(algorithm: algorithm)
        let revoked = [try pki.vendor().serial: PKI.start, "80": PKI.start + 5]
        let made = try RevocationList(revoked: revoked, number: .max, authority: pki.authority, now: PKI.start)
        #expect(made.revoked == revoked)
        #expect(made.number == .max)
        #expect(made.thisUpdate == PKI.start)
        #expect(made.nextUpdate == pki.authority.certificate.notAfter)
        #expect(try RevocationList(made.der, authority: pki.authority.certificate) == made)
        #expect(try RevocationList(Array(made.pem.utf8), authority: pki.authority.certificate) == made)
    }

    @Test func `A list may be empty`() throws { #expect(try list([:]).revoked.isEmpty) }

    @Test func `A list of another key, even in the same name, is refused`() throws {
        let made = try list()
        let error = #expect(throws: VendorCertificateError.self) {
            try RevocationList(made.der, authority: PKI().authority.certificate)
        }
        #expect(error?.reason == .badSignature)
        #expect(throws: VendorCertificateError.self) {
            try RevocationList(made.der, authority: PKI(name: "Other").authority.certificate)
        }
    }

    @Test func `A changed bit is noticed wherever it is, and none is trapped on`() throws {
        let der = try list().der
        for index in der.indices {
            for bit in [index % 8, (index + 5) % 8] {
                var bytes = der
                bytes[index] ^= 1 << bit
                #expect(throws: VendorCertificateError.self, "byte \(index), bit \(bit)") {
                    try RevocationList(bytes, authority: pki.authority.certificate)
                }
            }
        }
        for length in 0..<der.count {
            #expect(throws: VendorCertificateError.self) {
                try RevocationList(Array(der.prefix(length)), authority: pki.authority.certificate)
            }
        }
        #expect(throws: VendorCertificateError.self) {
            try RevocationList(der + [0], authority: pki.authority.certificate)
        }
    }

    @Test func `A list that isn't the whole one is refused`() throws {
        // 2.5.29.20 (number) becomes 2.5.29.27 (delta) or 2.5.29.28 (distribution point), critical.
        for identifier: UInt8 in [27, 28] {
            #expect(throws: VendorCertificateError.self) {
                try RevocationList(signed(critical: identifier), authority: pki.authority.certificate)
            }
        }
        #expect(try RevocationList(signed(critical: nil), authority: pki.authority.certificate).number == nil)
    }

    @Test func `The number says which list is newer, and the time where one has none`() throws {
        func list(number: UInt8?, at time: Int64) throws -> RevocationList {
            try RevocationList(
                signed(critical: nil, number: number.map { [2, 1, $0] }, at: time),
                authority: pki.authority.certificate)
        }
        let second = try list(number: 2, at: PKI.start)
        #expect(try list(number: 1, at: PKI.start + 9).isOlder(than: second))
        #expect(try !list(number: 2, at: PKI.start - 9).isOlder(than: second))
        #expect(try !list(number: 3, at: PKI.start - 9).isOlder(than: second))
        #expect(try list(number: nil, at: PKI.start - 1).isOlder(than: second))
        #expect(try !list(number: nil, at: PKI.start).isOlder(than: second))
        #expect(try second.isOlder(than: list(number: nil, at: PKI.start + 1)))
    }

    @Test func `A number that doesn't fit is passed over`() throws {
        let list = try RevocationList(
            signed(critical: nil, number: [2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]), authority: pki.authority.certificate)
        #expect(list.number == nil)
        #expect(
            try RevocationList(signed(critical: nil, number: [2, 1, 7]), authority: pki.authority.certificate).number
                == 7)
    }

    @Test func `An authority that may not sign lists doesn't`() throws {
        var issuer = try HandMade.issuer("Site Authority")
        issuer.key = try #require(pki.authority.key).key
        let permitted = try issuer.signed(by: issuer)
        let refused = try issuer.replacing(Certificate.Extension(KeyUsage(keyCertSign: true), critical: true))
            .signed(by: issuer)
        let der = try list().der
        #expect(try RevocationList(der, authority: permitted).number == 3)
        let error = #expect(throws: VendorCertificateError.self) { try RevocationList(der, authority: refused) }
        #expect(error?.reason == .unsuitable)
    }

    @Test func `A list of the same key in another name is refused`() throws {
        var issuer = try HandMade.issuer("Other")
        issuer.key = try #require(pki.authority.key).key
        let other = try issuer.signed(by: issuer)
        #expect(throws: VendorCertificateError.self) { try RevocationList(list().der, authority: other) }
    }

    @Test func `An entry that means another authority's certificate refuses the list`() throws {
        // certificateIssuer (RFC 5280, 5.3.3), and reasonCode, which may be there.
        func entry(_ identifier: UInt, critical: Bool) throws -> Certificate.Extension {
            try Certificate.Extension(
                oid: ASN1ObjectIdentifier(elements: [2, 5, 29, identifier]), critical: critical, value: [10, 1, 1])
        }
        let reason = try signed(critical: nil, entry: entry(21, critical: false))
        #expect(try RevocationList(reason, authority: pki.authority.certificate).revoked == ["51": PKI.start])
        let issuer = try signed(critical: nil, entry: entry(29, critical: true))
        #expect(throws: VendorCertificateError.self) {
            try RevocationList(issuer, authority: pki.authority.certificate)
        }
    }

    /// A list put together by hand, with one extension or none; with an entry for number 51 if that has an extension.
    private func signed(
        critical identifier: UInt8?, number: [UInt8]? = nil, at time: Int64 = PKI.start,
        entry: Certificate.Extension? = nil
    ) throws -> [UInt8] {
        let key = try #require(pki.authority.key)
        var list = DER.Serializer()
        try list.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(1)
            try AlgorithmIdentifier(.ecdsaWithSHA256).serialize(into: &coder)
            try coder.serialize(pki.authority.certificate.certificate.subject)
            try CalendarTime(seconds: time).serialize(into: &coder)
            if let entry {
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    try coder.appendConstructedNode(identifier: .sequence) { coder in
                        try coder.serialize(0x51)
                        try CalendarTime(seconds: time).serialize(into: &coder)
                        try coder.serializeSequenceOf([entry])
                    }
                }
            }
            let found =
                try identifier.map {
                    try Certificate.Extension(
                        oid: ASN1ObjectIdentifier(elements: [2, 5, 29, UInt($0)]), critical: true, value: [2, 1, 1])
                } ?? number.map { Certificate.Extension(oid: [2, 5, 29, 20], critical: false, value: $0[...]) }
            if let found {
                try coder.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { coder in
                    try coder.serializeSequenceOf([found])
                }
            }
        }
        let signature = try key.key.sign(bytes: list.serializedBytes, signatureAlgorithm: .ecdsaWithSHA256)
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            coder.serializeRawBytes(list.serializedBytes)
            try AlgorithmIdentifier(.ecdsaWithSHA256).serialize(into: &coder)
            try coder.serialize(ASN1BitString(bytes: signature.rawRepresentation[...]))
        }
        return coder.serializedBytes
    }

    @Test(arguments: ["", "0", "zz", "-1", String(repeating: "00", count: 22)])
    func `What is no serial number can't be revoked`(serial: String) {
        #expect(throws: VendorCertificateError.self) { try list([serial: PKI.start]) }
    }

    @Test func `The limit of size is told`() {
        let large = [UInt8](repeating: 0x30, count: RevocationList.maximumSize + 1)
        for bytes in [large, [0x30, 0x84] + large, Array(String(repeating: "x", count: 2 << 20).utf8)] {
            #expect(throws: VendorCertificateError.self) {
                try RevocationList(bytes, authority: pki.authority.certificate)
            }
        }
    }
}
