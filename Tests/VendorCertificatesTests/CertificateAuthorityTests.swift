// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing
import X509

@testable import VendorCertificates

@Suite struct CertificateAuthorityTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `An authority is the same after it was written and read`(algorithm: KeyAlgorithm) throws {
        let made = try PKI(algorithm: algorithm).authority
        let certificate = try SignedCertificate(pem: made.certificate.pem)
        let read = try CertificateAuthority(certificate: certificate, key: SigningKey(pem: #require(made.key).pem))
        #expect(read.certificate == made.certificate)
        #expect(read.certificate.commonName == "Site Authority")
        #expect(read.certificate.notBefore == PKI.start - Validity.clockSkew)
        #expect(read.certificate.notAfter == PKI.start + CertificateAuthority.defaultLifetime)
    }

    @Test func `A certificate that may not sign others is no authority's, nor is another's key its own`() throws {
        let pki = try PKI()
        for certificate in [try pki.vendor(), try pki.authority.issueServer(key: pki.key, validity: PKI.validity)] {
            let error = #expect(throws: VendorCertificateError.self) {
                try CertificateAuthority(certificate: certificate, key: nil)
            }
            #expect(error?.reason == .unsuitable)
        }
        let error = #expect(throws: VendorCertificateError.self) {
            try CertificateAuthority(certificate: pki.authority.certificate, key: pki.key)
        }
        #expect(error?.reason == .unsuitable)
    }

    @Test func `Without the key nothing is issued`() throws {
        let pki = try PKI()
        let keyless = try CertificateAuthority(certificate: pki.authority.certificate, key: nil)
        let error = #expect(throws: VendorCertificateError.self) {
            try keyless.issueServer(key: pki.key, validity: PKI.validity)
        }
        #expect(error?.reason == .unsuitable)
        #expect(throws: VendorCertificateError.self) {
            try RevocationList(revoked: [:], number: 1, authority: keyless, now: PKI.start)
        }
    }

    @Test func `The platform's certificate is for servers of its name`() throws {
        let pki = try PKI()
        let server = try pki.authority.issueServer(key: pki.key, validity: PKI.validity)
        let extensions = server.certificate.extensions
        #expect(try extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth]))
        #expect(try extensions.subjectAlternativeNames == SubjectAlternativeNames([.dnsName("sallyport")]))
        #expect(server.keyFingerprint == pki.key.fingerprint)
        #expect(server.entitlements == .none)
    }

    @Test func `Only this authority's certificate for a server of its name is the platform's`() throws {
        let pki = try PKI()
        var made = try HandMade.leaf().replacing(ExtendedKeyUsage([.serverAuth]).makeCertificateExtension())
            .replacing(SubjectAlternativeNames([.dnsName("sallyport")]).makeCertificateExtension())
        #expect(try pki.authority.isServerCertificate(made.signed(by: pki.authority)))
        #expect(try !pki.authority.isServerCertificate(made.signed(by: PKI().authority)))
        #expect(try !pki.authority.isServerCertificate(made.signed(by: PKI(name: "Other").authority)))
        made = try made.replacing(ExtendedKeyUsage([.clientAuth]).makeCertificateExtension())
        #expect(try !pki.authority.isServerCertificate(made.signed(by: pki.authority)))
        made = try made.replacing(ExtendedKeyUsage([.serverAuth]).makeCertificateExtension())
            .replacing(SubjectAlternativeNames([.dnsName("other")]).makeCertificateExtension())
        #expect(try !pki.authority.isServerCertificate(made.signed(by: pki.authority)))
    }

    @Test func `Serial numbers are positive, of 16 bytes and never the same`() throws {
        let pki = try PKI()
        let serials = try (0..<50).map { _ in try pki.vendor().serial }
        #expect(Set(serials).count == 50)
        for serial in serials {
            #expect(serial.count == 32)
            #expect(("4"..."7").contains(String(serial.prefix(1))))
        }
    }

    @Test(arguments: [
        Validity(notBefore: 10, notAfter: 9), Validity(notBefore: -1, notAfter: 9),
        Validity(notBefore: 0, notAfter: CalendarTime.range.upperBound + 1), Validity(now: .max, lifetime: .max),
    ])
    func `A time that no certificate can have is refused, not trapped on`(validity: Validity) {
        #expect(throws: VendorCertificateError.self) { try validity.dates }
    }

    @Test func `An authority that has expired issues nothing more`() throws {
        let pki = try PKI()
        let later = Validity(now: pki.authority.certificate.notAfter + 2 * Validity.clockSkew, lifetime: PKI.day)
        let error = #expect(throws: VendorCertificateError.self) { try pki.vendor(validity: later) }
        #expect(error?.reason == .invalidContents)
    }
}
