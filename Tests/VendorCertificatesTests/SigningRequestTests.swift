// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@testable import VendorCertificates

@Suite struct SigningRequestTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `A request says who asks, for which key and for what`(algorithm: KeyAlgorithm) throws {
        let key = SigningKey(algorithm)
        let made = try SigningRequest(
            name: "acme", key: key, entitlements: PKI.granted, executables: VendorExtensionsTests.digests)
        let read = try SigningRequest(pem: made.pem)
        #expect(read.commonName == "acme")
        #expect(read.keyFingerprint == key.fingerprint)
        #expect(read.entitlements == PKI.granted)
        #expect(read.executables == VendorExtensionsTests.digests)
        #expect(read.der == made.der)
    }

    @Test func `A request that its own key didn't sign is refused`() throws {
        // The last bytes are the signature's.
        var der = try SigningRequest(name: "acme", key: SigningKey(.ed25519)).der
        der[der.count - 1] ^= 1
        let error = #expect(throws: VendorCertificateError.self) { try SigningRequest(der: der) }
        #expect(error?.reason == .badSignature)
    }

    @Test func `The certificate has the request's key, and the name and rights that the caller gives`() throws {
        let pki = try PKI()
        let request = try SigningRequest(name: "somebody", key: pki.key, entitlements: .all)
        let certificate = try pki.authority.issueVendor(
            name: "acme", request: request, entitlements: PKI.granted, validity: PKI.validity)
        #expect(certificate.commonName == "acme")
        #expect(certificate.entitlements == PKI.granted)
        #expect(certificate.keyFingerprint == request.keyFingerprint)
    }

    @Test func `Hostile requests are an error or a value, never a trap`() throws {
        let der = try SigningRequest(name: "acme", key: SigningKey(.ed25519), entitlements: .all).der
        for index in der.indices {
            var bytes = der
            bytes[index] ^= 1 << (index % 8)
            // Everything is signed, and of the signature no bit is free.
            #expect(throws: VendorCertificateError.self, "byte \(index)") { try SigningRequest(der: bytes) }
        }
        for length in 0..<der.count {
            #expect(throws: VendorCertificateError.self) { try SigningRequest(der: Array(der.prefix(length))) }
        }
    }
}
