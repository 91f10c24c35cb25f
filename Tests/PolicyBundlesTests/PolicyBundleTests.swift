// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyBundles
import Testing
import VendorCertificates

@Suite struct PolicyBundleTests {
    private static let bundle = PolicyBundle(
        version: 7,
        policies: [
            Policy(
                name: "base",
                rules: [Rule(name: "no-tmp", operations: [.processExec], action: .deny)]),
            Policy(name: "web", rules: []),
        ])

    private func authority(_ algorithm: KeyAlgorithm = .p256) throws -> CertificateAuthority {
        try CertificateAuthority.create(name: "Site", algorithm: algorithm, now: 1_700_000_000)
    }

    private func signed(_ authority: CertificateAuthority) throws -> SignedPolicyBundle {
        try SignedPolicyBundle(Self.bundle, key: #require(authority.key))
    }

    @Test(arguments: KeyAlgorithm.allCases) func `What the authority signed is opened as it was`(
        algorithm: KeyAlgorithm
    ) throws {
        let authority = try authority(algorithm)
        let file = try signed(authority).pem
        #expect(file.hasPrefix("-----BEGIN SALLYPORT POLICY BUNDLE-----\n"))
        #expect(try SignedPolicyBundle(pem: file).opened(by: authority.certificate) == Self.bundle)
    }

    @Test(arguments: KeyAlgorithm.allCases) func `Another authority's, and one with any bit changed, is refused`(
        algorithm: KeyAlgorithm
    ) throws {
        let authority = try authority(algorithm)
        let signed = try signed(authority)
        let other = try self.authority(algorithm).certificate
        #expect(reason { try signed.opened(by: other) } == .badSignature)
        for index in signed.contents.indices {
            var changed = signed
            changed.contents[index] ^= 1 << UInt8(index % 8)
            #expect(reason { try changed.opened(by: authority.certificate) } == .badSignature)
        }
        for index in signed.signature.indices {
            var changed = signed
            changed.signature[index] ^= 1 << UInt8(index % 8)
            #expect(reason { try changed.opened(by: authority.certificate) } == .badSignature)
        }
        for length in [0, 1, signed.signature.count - 1] {
            let cut = SignedPolicyBundle(contents: signed.contents, signature: Array(signed.signature.prefix(length)))
            #expect(reason { try cut.opened(by: authority.certificate) } == .badSignature)
        }
    }

    @Test func `A signature for something else passes for no bundle`() throws {
        let authority = try authority()
        let signed = try signed(authority)
        // The authority signs certificates with the same key: here one's bytes, and the signature that is in it.
        let certificate = authority.certificate.der
        let swapped = SignedPolicyBundle(contents: certificate, signature: Array(certificate.suffix(72)))
        #expect(reason { try swapped.opened(by: authority.certificate) } == .badSignature)
        // The purpose is part of what is signed: bytes that begin with it are another statement.
        let doubled = SignedPolicyBundle(
            contents: Array(StatementPurpose.policyBundle.rawValue.utf8) + signed.contents, signature: signed.signature)
        #expect(reason { try doubled.opened(by: authority.certificate) } == .badSignature)
    }

    @Test func `A bundle holds the site's policies, each name once, and a version`() throws {
        let key = SigningKey(.ed25519)
        let vendors = PolicyBundle(version: 1, policies: [Policy(name: "theirs", vendor: "acme", rules: [])])
        #expect(reason { try SignedPolicyBundle(vendors, key: key) } == .invalidContents)
        let twice = PolicyBundle(version: 1, policies: Self.bundle.policies + Self.bundle.policies)
        #expect(reason { try SignedPolicyBundle(twice, key: key) } == .invalidContents)
        #expect(reason { try SignedPolicyBundle(PolicyBundle(version: 0, policies: []), key: key) } == .invalidContents)
        // And is refused where somebody signed it all the same.
        let authority = try authority()
        let signature = try #require(authority.key).sign([0x08, 0x00], for: .policyBundle)
        let zero = SignedPolicyBundle(contents: [0x08, 0x00], signature: signature)
        #expect(reason { try zero.opened(by: authority.certificate) } == .invalidContents)
        let nothing = SignedPolicyBundle(
            contents: [0xFF], signature: try #require(authority.key).sign([0xFF], for: .policyBundle))
        #expect(reason { try nothing.opened(by: authority.certificate) } == .malformed)
    }

    @Test func `A file that is cut off or another one is refused`() throws {
        let file = try signed(authority()).pem
        for length in [0, 10, 60, file.utf8.count - 40] {
            #expect(reason { try SignedPolicyBundle(pem: String(file.prefix(length))) } == .malformed)
        }
        #expect(reason { try SignedPolicyBundle(pem: authority().certificate.pem) } == .malformed)
    }

    private func reason<Value>(_ body: () throws -> Value) -> VendorCertificateError.Reason? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? VendorCertificateError)?.reason
        }
    }
}
