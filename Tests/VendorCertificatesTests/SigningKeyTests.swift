// SPDX-License-Identifier: Apache-2.0

import Crypto
import Testing
import VendorCertificates

@Suite struct SigningKeyTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `A key is the same after it was written and read`(algorithm: KeyAlgorithm) throws {
        let key = SigningKey(algorithm)
        let read = try SigningKey(pem: key.pem)
        #expect(read.algorithm == algorithm)
        #expect(read.fingerprint == key.fingerprint)
        #expect(read.pem == key.pem)
        #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n") && key.pem.hasSuffix("-----END PRIVATE KEY-----\n"))
        #expect(SigningKey(algorithm).fingerprint != key.fingerprint)
    }

    @Test func `A file with parameters before the key, as openssl writes it, is read`() throws {
        let file = """
            -----BEGIN EC PARAMETERS-----
            BggqhkjOPQMBBw==
            -----END EC PARAMETERS-----

            """
        let key = SigningKey(.p256)
        #expect(try SigningKey(pem: file + key.pem).fingerprint == key.fingerprint)
    }

    @Test func `Other kinds of keys are refused as such`() {
        let error = #expect(throws: VendorCertificateError.self) {
            try SigningKey(pem: P384.Signing.PrivateKey().pemRepresentation)
        }
        #expect(error?.reason == .unsupported)
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
    ])
    func `What is no key is refused with what to give`(text: String) {
        let error = #expect(throws: VendorCertificateError.self) { try SigningKey(pem: text) }
        #expect(error?.reason == .malformed)
        #expect(error?.message.contains(": give ") == true)
        #expect(throws: VendorCertificateError.self) {
            try SigningKey(pem: String(repeating: "x", count: SigningKey.maximumFileSize + 1))
        }
    }
}
