// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import SwiftASN1
import Testing
import X509

@testable import VendorCertificates

@Suite struct VendorExtensionsTests {
    static let digests = (0..<3).map { Digest(bytes: Array(repeating: UInt8($0), count: 32))! }

    @Test func `Certificates carry entitlements and programs unchanged`() throws {
        let pki = try PKI()
        let all = try pki.authority.issueVendor(
            name: "acme", request: SigningRequest(name: "acme", key: pki.key), entitlements: .all,
            executables: Self.digests, validity: PKI.validity)
        #expect(all.entitlements == .all)
        #expect(all.executables == Self.digests)
        let none = try pki.authority.issueVendor(
            name: "acme", request: SigningRequest(name: "acme", key: pki.key), entitlements: .none,
            validity: PKI.validity)
        #expect(none.entitlements == .none)
        #expect(none.executables.isEmpty)
    }

    @Test func `The identifiers are fixed, and the extensions aren't critical`() throws {
        let entitlements = try EntitlementsExtension(.none).makeExtension()
        let executables = try ExecutablesExtension(Self.digests).makeExtension()
        let arc = "1.2.840.113556.1.8000.2554.13106.43905.32064.19594.33575.8028647.11423128"
        #expect(entitlements.oid.description == arc + ".1")
        #expect(executables.oid.description == arc + ".2")
        #expect(!entitlements.critical && !executables.critical)
    }

    @Test func `Words of a later version grant nothing, later fields are passed over`() throws {
        let value = try Self.sequence { coder in
            try coder.serialize(1)
            try coder.serializeSequenceOf([ASN1UTF8String("fly"), ASN1UTF8String("protect-self")])
            try coder.serialize(7)
        }
        let read = try EntitlementsExtension(value: value)
        #expect(read.entitlements == Entitlements(protectSelf: true))
        #expect(read.unknown == ["fly"])
    }

    @Test func `Another version isn't guessed at`() throws {
        let value = try Self.sequence { try $0.serialize(2) }
        let error = #expect(throws: VendorCertificateError.self) { try EntitlementsExtension(value: value) }
        #expect(error?.reason == .unsupported)
        #expect(throws: VendorCertificateError.self) { try ExecutablesExtension(value: value) }
    }

    @Test func `Limits hold to the last word, byte and program`() throws {
        func words(_ words: [String]) throws -> ArraySlice<UInt8> {
            try Self.sequence { coder in
                try coder.serialize(1)
                try coder.serializeSequenceOf(words.map { ASN1UTF8String($0) })
            }
        }
        let most = Array(repeating: "x", count: EntitlementsExtension.maximumWords)
        let longest = String(repeating: "x", count: EntitlementsExtension.maximumWordLength)
        #expect(try EntitlementsExtension(value: words(most)).unknown.count == most.count)
        #expect(throws: VendorCertificateError.self) { try EntitlementsExtension(value: words(most + ["x"])) }
        #expect(try EntitlementsExtension(value: words([longest])).unknown == [longest])
        for bad in [longest + "x", "", "a b", "a\n", "é"] {
            #expect(throws: VendorCertificateError.self) { try EntitlementsExtension(value: words([bad])) }
        }
        let digests = Array(repeating: Self.digests[0], count: ExecutablesExtension.maximumCount)
        let value = try ExecutablesExtension(digests).makeExtension().value
        #expect(try ExecutablesExtension(value: value).digests.count == digests.count)
        #expect(throws: VendorCertificateError.self) { try ExecutablesExtension(digests + digests).makeExtension() }
    }

    @Test func `A list of no programs, of short digests or with more behind it is refused`() throws {
        func list(_ digests: [[UInt8]], trailing: Bool = false) throws -> ArraySlice<UInt8> {
            try Self.sequence { coder in
                try coder.serialize(1)
                try coder.serializeSequenceOf(digests.map { ASN1OctetString(contentBytes: $0[...]) })
                if trailing { try coder.serialize(7) }
            }
        }
        let digest = Self.digests[0].bytes
        #expect(try ExecutablesExtension(value: list([digest])).digests == [Self.digests[0]])
        for bad in [try list([]), try list([digest + [0]]), try list([[]]), try list([digest], trailing: true)] {
            #expect(throws: VendorCertificateError.self) { try ExecutablesExtension(value: bad) }
        }
    }

    @Test func `Hostile bytes are an error or a value, never a trap`() throws {
        let entitlements = try EntitlementsExtension(.all).makeExtension().value
        let executables = try ExecutablesExtension(Self.digests).makeExtension().value
        var refused = 0
        func read(_ value: ArraySlice<UInt8>) {
            do { _ = try EntitlementsExtension(value: value) } catch { refused += 1 }
            do { _ = try ExecutablesExtension(value: value) } catch { refused += 1 }
        }
        for valid in [entitlements, executables] {
            for length in 0..<valid.count { read(valid.prefix(length)) }
            for index in valid.indices {
                for bit in 0..<8 {
                    var value = valid
                    value[index] ^= 1 << bit
                    read(value)
                }
            }
        }
        var random = SplitMix64(seed: 0x5a11_de12)
        for _ in 0..<5000 {
            var value = Bool.random(using: &random) ? entitlements : executables
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                value[Int.random(in: value.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            read(value)
        }
        #expect(refused > 5000)
    }

    @Test func `Hostile certificates are an error or a value, never a trap`() throws {
        let pki = try PKI()
        let der = try pki.vendor(executables: Self.digests).der
        var random = SplitMix64(seed: 0x5a11_de13)
        var (read, refused) = (0, 0)
        for _ in 0..<4000 {
            var bytes = der
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if let found = try? SignedCertificate(der: bytes) {
                read += 1
                // Whatever is asked of it.
                _ = (
                    found.commonName, found.serial, found.validity, found.keyFingerprint, found.certificate.isAuthority
                )
            } else {
                refused += 1
            }
        }
        #expect(read > 200 && refused > 200)
    }

    private static func sequence(_ body: (inout DER.Serializer) throws -> Void) throws -> ArraySlice<UInt8> {
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence, body)
        return coder.serializedBytes[...]
    }
}
