// SPDX-License-Identifier: Apache-2.0

import Registry
import Testing
import VendorCertificates

@Suite struct ServerIdentityTests {
    @Test func `The platform's certificate is kept, and renewed in its last 30 days`() throws {
        let site = try Site()
        let first = try site.registry.serverIdentity(now: Site.start)
        #expect(first.certificate.commonName == CertificateAuthority.serverName)
        #expect(first.certificate.keyFingerprint == first.key.fingerprint)
        #expect(first.authority == site.registry.authority)
        try site.restart()
        let due = first.certificate.notAfter - 30 * Site.day
        #expect(try site.registry.serverIdentity(now: due).certificate == first.certificate)
        let second = try site.registry.serverIdentity(now: due + 1)
        #expect(second.certificate != first.certificate)
        #expect(second.key.fingerprint != first.key.fingerprint)
        #expect(second.certificate.validity.contains(first.certificate.notAfter + 1))
        #expect(try site.registry.serverIdentity(now: due + 1).certificate == second.certificate)
    }

    @Test func `A clock that went back gets a certificate that is valid then`() throws {
        let site = try Site()
        let later = try site.registry.serverIdentity(now: Site.start + 100 * Site.day)
        let now = try site.registry.serverIdentity(now: Site.start)
        #expect(now.certificate != later.certificate)
        #expect(now.certificate.validity.contains(Site.start))
    }

    @Test func `Towards the authority's end the certificate ends with it, and isn't made again and again`() throws {
        let site = try Site()
        let end = try #require(site.registry.authority).notAfter
        let last = try site.registry.serverIdentity(now: end - Site.day)
        #expect(last.certificate.notAfter == end)
        #expect(try site.registry.serverIdentity(now: end).certificate == last.certificate)
        #expect(throws: RegistryError.self) { try site.registry.serverIdentity(now: end + 1000) }
    }

    @Test func `Without an authority there is none`() throws {
        let site = try Site(hasAuthority: false)
        let error = #expect(throws: RegistryError.self) { try site.registry.serverIdentity(now: Site.start) }
        #expect(error?.code == .authorityMissing)
    }
}
