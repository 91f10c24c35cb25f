// SPDX-License-Identifier: Apache-2.0

import Crypto
import EndpointModel
import SwiftASN1
import Testing
import X509

@testable import VendorCertificates

@Suite struct CertificateChainTests {
    let pki: PKI
    init() throws { pki = try PKI() }

    @Test(arguments: KeyAlgorithm.allCases, KeyAlgorithm.allCases)
    func `A vendor's certificate by the site's authority is verified`(
        of authority: KeyAlgorithm, for vendor: KeyAlgorithm
    ) async throws {
        let pki = try PKI(algorithm: authority)
        let key = SigningKey(vendor)
        let certificate = try pki.authority.issueVendor(
            name: "acme", request: SigningRequest(name: "acme", key: key), entitlements: PKI.granted,
            validity: PKI.validity)
        let chain = try await pki.verify(certificate).get()
        #expect(chain.name == "acme")
        #expect(chain.leaf == certificate)
        #expect(chain.leaf.entitlements == PKI.granted)
        #expect(chain.leaf.keyFingerprint == key.fingerprint)
        #expect(chain.signedSerial == certificate.serial)
        #expect(chain.notAfter == PKI.validity.notAfter)
    }

    @Test func `It doesn't matter whether the authority's certificate is sent along`() async throws {
        #expect(await pki.verify(try pki.vendor(), pki.authority.certificate).refusal == nil)
    }

    @Test func `A certificate is valid from its first second to its last`() async throws {
        let certificate = try pki.vendor()
        let (first, last) = (PKI.validity.notBefore, PKI.validity.notAfter)
        #expect(await pki.verify(certificate, at: first - 1).refusal == .certificateNotYetValid)
        #expect(await pki.verify(certificate, at: first).refusal == nil)
        #expect(await pki.verify(certificate, at: last).refusal == nil)
        #expect(await pki.verify(certificate, at: last + 1).refusal == .certificateExpired)
        #expect(await pki.verify(certificate, at: .min).refusal == .certificateNotYetValid)
        #expect(await pki.verify(certificate, at: .max).refusal == .certificateExpired)
    }

    @Test func `No vendor's certificate outlives the authority's`() async throws {
        let forever = Validity(notBefore: 0, notAfter: PKI.start + 100 * 365 * PKI.day)
        let certificate = try pki.vendor(validity: forever)
        #expect(certificate.notAfter == pki.authority.certificate.notAfter)
        #expect(certificate.notBefore == pki.authority.certificate.notBefore)
        // One that claims to isn't believed either.
        var made = try HandMade.leaf()
        made.validity = forever
        let claimed = try made.signed(by: pki.authority)
        let last = pki.authority.certificate.notAfter
        #expect(try await pki.verify(claimed, at: last).get().notAfter == last)
        #expect(await pki.verify(claimed, at: last + 1).refusal == .certificateExpired)
    }

    @Test func `Another authority of the same name isn't the site's`() async throws {
        let other = try PKI()
        #expect(other.authority.certificate.commonName == pki.authority.certificate.commonName)
        let foreign = try other.vendor()
        #expect(await pki.verify(foreign).refusal == .certificateUntrusted)
        #expect(await pki.verify(foreign, other.authority.certificate).refusal == .certificateUntrusted)
        // Untrusted comes before expired: of a stranger's certificate nothing else is said.
        #expect(await pki.verify(foreign, at: .max).refusal == .certificateUntrusted)
    }

    @Test func `A certificate signed by itself isn't trusted`() async throws {
        let made = try HandMade.leaf()
        #expect(await pki.verify(try made.signed(by: made)).refusal == .certificateUntrusted)
        var named = made
        named.subject = "Site Authority"
        #expect(await pki.verify(try made.signed(by: named)).refusal == .certificateUntrusted)
    }

    @Test func `The authority's own certificate admits nobody`() async throws {
        #expect(await pki.verify(pki.authority.certificate).refusal == .certificateUntrusted)
        let server = try pki.authority.issueServer(key: SigningKey(.p256), validity: PKI.validity)
        #expect(await pki.verify(server).refusal == .certificateUntrusted)
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `A signature over changed contents isn't one`(algorithm: KeyAlgorithm) async throws {
        let pki = try PKI(algorithm: algorithm)
        let certificate = try pki.vendor()
        // What follows the signed part isn't signed: in an ECDSA signature the count of unused bits means nothing.
        let last = algorithm == .ed25519 ? certificate.der.count : 4 + certificate.certificate.tbsCertificateBytes.count
        var refusals: Set<Refusal.Code?> = []
        for index in 0..<last {
            var der = certificate.der
            der[index] ^= 1
            let result = await CertificateChain.verify(
                [der], authority: pki.authority.certificate, now: PKI.start + PKI.day)
            #expect(result.refusal != nil, "byte \(index)")
            refusals.insert(result.refusal)
        }
        #expect(refusals == [.certificateMalformed, .certificateUntrusted])
    }

    @Test func `No chain, too long a chain and no certificates are refused`() async throws {
        let certificate = try pki.vendor()
        #expect(await pki.verify().refusal == .certificateMissing)
        let long = Array(repeating: certificate.der, count: CertificateChain.maximumCount + 1)
        for chain in [long, [[]], [certificate.der, [0x30, 0x00]], [certificate.der + [0]]] {
            let result = await CertificateChain.verify(
                chain, authority: pki.authority.certificate, now: PKI.start + PKI.day)
            #expect(result.refusal == .certificateMalformed)
        }
        let large = [UInt8](repeating: 0x30, count: SignedCertificate.maximumSize + 1)
        #expect(throws: VendorCertificateError.self) { try SignedCertificate(der: large) }
    }

    @Test func `A certificate must be made for clients and for signing`() async throws {
        let leaf = try HandMade.leaf()
        let wrong = [
            leaf.removing(.X509ExtensionID.extendedKeyUsage),
            leaf.replacing(try ExtendedKeyUsage([.serverAuth]).makeCertificateExtension()),
            leaf.replacing(try ExtendedKeyUsage([.any]).makeCertificateExtension()),
            leaf.replacing(try Certificate.Extension(KeyUsage(keyEncipherment: true), critical: true)),
            leaf.replacing(
                try Certificate.Extension(BasicConstraints.isCertificateAuthority(maxPathLength: nil), critical: true)),
            leaf.replacing(Certificate.Extension(oid: [2, 25, 7], critical: true, value: [5, 0])),
        ]
        #expect(await pki.verify(try leaf.signed(by: pki.authority)).refusal == nil)
        for made in wrong {
            #expect(await pki.verify(try made.signed(by: pki.authority)).refusal == .certificateUntrusted)
        }
    }

    @Test func `A vendor's key is P-256 or Ed25519`() async throws {
        var made = try HandMade.leaf()
        made.publicKey = .init(P384.Signing.PrivateKey().publicKey)
        #expect(await pki.verify(try made.signed(by: pki.authority)).refusal == .certificateUntrusted)
    }

    @Test(arguments: ["Acme", "site", "sallyport", "a b", "-a", String(repeating: "a", count: 64)])
    func `A certificate that names no vendor is refused`(name: String) async throws {
        var made = try HandMade.leaf()
        made.subject = name
        #expect(await pki.verify(try made.signed(by: pki.authority)).refusal == .vendorUnknown)
        #expect(throws: VendorCertificateError.self) { try pki.vendor(name) }
    }
}
