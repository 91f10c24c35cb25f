// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Registry
import Testing
import VendorCertificates

/// A site whose authority's key is elsewhere.
@Suite struct ForeignAuthorityTests {
    let site: Site
    let authority: CertificateAuthority
    let now = Site.start + Site.day

    init() throws {
        authority = try CertificateAuthority.create(name: "Corporate", now: Site.start)
        site = try Site(hasAuthority: false)
        try site.registry.importAuthority(certificate: authority.certificate, key: nil)
    }

    private func request(_ name: String = "acme") throws -> SigningRequest {
        try SigningRequest(name: name, key: site.key, entitlements: Site.granted)
    }

    private func issue(
        _ name: String = "acme", _ entitlements: Entitlements = Site.granted
    ) throws
        -> SignedCertificate
    {
        try authority.issueVendor(
            name: name, request: request(name), entitlements: entitlements,
            validity: Validity(now: Site.start, lifetime: 30 * Site.day))
    }

    @Test func `A vendor is enrolled, its request signed elsewhere and the certificate registered`() async throws {
        let issued = try site.registry.enrol(
            name: "acme", request: request(), entitlements: Site.granted, now: Site.start)
        #expect(issued == nil)
        let certificate = try issue()
        #expect(await site.admit(certificate).refusal == .certificateUnregistered)
        let record = try await site.registry.register(name: "acme", certificate: certificate, now: now)
        #expect(record.certificates == [certificate])
        #expect(await site.admit(certificate).refusal == nil)
        try site.restart()
        #expect(await site.admit(certificate).refusal == nil)
    }

    @Test func `A certificate registers a new vendor by itself, once`() async throws {
        let certificate = try issue()
        let record = try await site.registry.register(name: "acme", certificate: certificate, now: now)
        #expect(record.ceiling == Site.granted)
        let again = try await site.registry.register(name: "acme", certificate: certificate, now: now)
        #expect(again.certificates == [certificate])
    }

    @Test func `What no agent could come with isn't registered`() async throws {
        let certificate = try issue()
        let other = try Site()
        let foreign = try other.enrol()
        for (name, certificate, time, code) in [
            ("other", certificate, now, RegistryError.Code.certificateUnsuitable),
            ("acme", foreign, now, .certificateUnsuitable),
            ("acme", certificate, certificate.notAfter + 1, .certificateUnsuitable),
            ("acme", certificate, certificate.notBefore - 1, .certificateUnsuitable),
        ] {
            let error = await #expect(throws: RegistryError.self) {
                try await site.registry.register(name: name, certificate: certificate, now: time)
            }
            #expect(error?.code == code)
        }
        try await site.registry.register(name: "acme", certificate: certificate, now: now)
        let error = await #expect(throws: RegistryError.self) {
            try await site.registry.register(name: "acme", certificate: issue("acme", .all), now: now)
        }
        #expect(error?.code == .entitlementBeyondCeiling)
        try await site.registry.register(name: "acme", certificate: issue("acme", .all), ceiling: .all, now: now)
    }

    @Test func `Revoking works without a list, and a list by the authority works too`() async throws {
        let certificate = try issue()
        try await site.registry.register(name: "acme", certificate: certificate, now: now)
        try site.registry.revoke("acme", now: now)
        #expect(!FileSystem.exists(site.path + "/state/authority/revoked.crl"))
        #expect(await site.admit(certificate).refusal == .certificateRevoked)
        let list = try RevocationList(
            revoked: [certificate.serial: now], number: 1, authority: authority, now: now)
        try site.write(Array(list.pem.utf8), to: "authority/revoked.crl")
        site.registry.refresh()
        #expect(site.registry.status().revokedCertificates == 1)
        let error = await #expect(throws: RegistryError.self) {
            try await site.registry.register(name: "acme", certificate: certificate, now: now)
        }
        #expect(error?.code == .vendorRevoked)
    }

    @Test func `A certificate on the authority's list isn't registered`() async throws {
        let certificate = try issue()
        let list = try RevocationList(revoked: [certificate.serial: now], number: 1, authority: authority, now: now)
        try site.write(list.der, to: "authority/revoked.crl")
        let error = await #expect(throws: RegistryError.self) {
            try await site.registry.register(name: "acme", certificate: certificate, now: now)
        }
        #expect(error?.code == .certificateUnsuitable)
        #expect(site.registry.list().isEmpty)
    }

    @Test func `Renewing says that the key is elsewhere`() async throws {
        try await site.registry.register(name: "acme", certificate: issue(), now: now)
        let error = #expect(throws: RegistryError.self) { try site.registry.renew(name: "acme", now: now) }
        #expect(error?.code == .authorityHasNoKey)
    }

    @Test func `The platform's own certificate is requested and imported`() throws {
        let missing = #expect(throws: RegistryError.self) { try site.registry.serverIdentity(now: now) }
        #expect(missing?.code == .serverCertificateMissing)
        let request = try site.registry.serverRequest()
        #expect(try site.registry.serverRequest().keyFingerprint == request.keyFingerprint)
        let wrong = try authority.issueServer(
            key: SigningKey(.p256), validity: Validity(now: now, lifetime: Site.day))
        for certificate in [wrong, try issue(), authority.certificate] {
            let error = #expect(throws: RegistryError.self) { try site.registry.importServerCertificate(certificate) }
            #expect(error?.code == .certificateUnsuitable)
        }
        // The authority signs for the key in the request, which it needs no secret for; the test has it from the file.
        let key = try SigningKey(pem: FileSystem.readText(site.path + "/state/authority/server.pem"))
        let right = try authority.issueServer(key: key, validity: Validity(now: now, lifetime: Site.day))
        try site.registry.importServerCertificate(right)
        try site.restart()
        #expect(try site.registry.serverIdentity(now: right.notAfter).certificate == right)
        #expect(throws: RegistryError.self) { try site.registry.serverIdentity(now: right.notAfter + 1) }
    }
}
