// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import Testing
import X509
import _CryptoExtras

@testable import VendorCertificates

/// Chains with an authority between the site's and the vendor.
@Suite struct IntermediateTests {
    /// Unlike one that the platform makes, this authority permits others below it.
    let root: HandMade
    let authority: SignedCertificate

    init() throws {
        root = try HandMade.issuer("Root")
        authority = try root.signed(by: root)
    }

    private func verify(
        _ chain: SignedCertificate..., at now: Int64 = PKI.start + PKI.day
    ) async
        -> Result<CertificateChain, Refusal>
    { await CertificateChain.verify(chain.map(\.der), authority: authority, now: now) }

    @Test func `An intermediate authority that is sent along is followed`() async throws {
        let middle = try HandMade.issuer()
        let issuer = try middle.signed(by: root)
        let leaf = try HandMade.leaf().signed(by: middle)
        #expect(await verify(leaf).refusal == .certificateUntrusted)
        let chain = try await verify(leaf, issuer).get()
        #expect(chain.signedSerial == issuer.serial)
        #expect(chain.signedSerial != leaf.serial)
    }

    @Test func `The platform's own authority permits none below it`() async throws {
        let pki = try PKI()
        let middle = try HandMade.issuer()
        let issuer = try middle.signed(by: pki.authority)
        #expect(await pki.verify(try HandMade.leaf().signed(by: middle), issuer).refusal == .certificateUntrusted)
    }

    @Test func `A vendor's certificate issues no other`() async throws {
        let vendor = try HandMade.leaf()
        let issuer = try vendor.signed(by: root)
        #expect(await verify(issuer).refusal == nil)
        #expect(await verify(try HandMade.leaf().signed(by: vendor), issuer).refusal == .certificateUntrusted)
    }

    @Test func `An issuer must be marked as one in every respect`() async throws {
        let middle = try HandMade.issuer()
        var first = middle.removing(.X509ExtensionID.basicConstraints).removing(.X509ExtensionID.keyUsage)
        first.version = .v1
        first.extensions = []
        let wrong = [
            first, middle.removing(.X509ExtensionID.basicConstraints),
            middle.replacing(try Certificate.Extension(KeyUsage(digitalSignature: true), critical: true)),
            middle.replacing(try ExtendedKeyUsage([.serverAuth]).makeCertificateExtension()),
            middle.replacing(Certificate.Extension(oid: [2, 25, 7], critical: true, value: [5, 0])),
        ]
        for made in wrong {
            let leaf = try HandMade.leaf().signed(by: made)
            #expect(await verify(leaf, try made.signed(by: root)).refusal == .certificateUntrusted)
        }
        let clients = middle.replacing(try ExtendedKeyUsage([.clientAuth]).makeCertificateExtension())
        #expect(await verify(try HandMade.leaf().signed(by: clients), try clients.signed(by: root)).refusal == nil)
    }

    @Test func `The length of a path is kept to`() async throws {
        let upper = try HandMade.issuer("Upper", pathLength: 0)
        let lower = try HandMade.issuer("Lower")
        let leaf = try HandMade.leaf().signed(by: lower)
        let below = try lower.signed(by: upper)
        #expect(await verify(leaf, below, try upper.signed(by: root)).refusal == .certificateUntrusted)
        var longer = try HandMade.issuer("Upper", pathLength: 1)
        longer.key = upper.key
        #expect(await verify(leaf, below, try longer.signed(by: root)).refusal == nil)
    }

    @Test func `A signature with SHA-1 isn't accepted`() async throws {
        var middle = try HandMade.issuer()
        middle.key = .init(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        let issuer = try middle.signed(by: root)
        #expect(await verify(try HandMade.leaf().signed(by: middle), issuer).refusal == nil)
        middle.signature = .sha1WithRSAEncryption
        #expect(await verify(try HandMade.leaf().signed(by: middle), issuer).refusal == .certificateUntrusted)
    }

    @Test func `An expired issuer is told, and passed over when there is a valid one`() async throws {
        let middle = try HandMade.issuer()
        var old = middle
        old.validity = Validity(notBefore: PKI.start - 10, notAfter: PKI.start)
        let leaf = try HandMade.leaf().signed(by: middle)
        let expired = try old.signed(by: root)
        #expect(await verify(leaf, expired, at: PKI.start).refusal == nil)
        #expect(await verify(leaf, expired, at: PKI.start + 1).refusal == .certificateExpired)
        #expect(await verify(leaf, expired, try middle.signed(by: root), at: PKI.start + 1).refusal == nil)
    }
}
