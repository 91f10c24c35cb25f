// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Registry
import Testing
import VendorCertificates

@Suite struct AdmissionTests {
    let site: Site
    init() throws { site = try Site() }

    @Test func `An enrolled vendor is admitted with what its certificate carries`() async throws {
        let certificate = try site.enrol()
        let vendor = try await site.admit(certificate).get()
        #expect(vendor.name == "acme")
        #expect(vendor.entitlements == Site.granted)
        #expect(vendor.serial == certificate.serial)
        #expect(vendor.keyFingerprint == site.key.fingerprint)
        #expect(vendor.notAfter == certificate.notAfter)
        #expect(vendor.executable == nil)
        #expect(site.registry.stillAdmitted(vendor, now: vendor.notAfter) == nil)
        try site.restart()
        #expect(await site.admit(certificate).refusal == nil)
    }

    @Test func `Validity is kept to the second`() async throws {
        let certificate = try site.enrol()
        #expect(await site.admit(certificate, now: certificate.notBefore - 1).refusal == .certificateNotYetValid)
        #expect(await site.admit(certificate, now: certificate.notBefore).refusal == nil)
        let vendor = try await site.admit(certificate, now: certificate.notAfter).get()
        #expect(await site.admit(certificate, now: certificate.notAfter + 1).refusal == .certificateExpired)
        #expect(site.registry.stillAdmitted(vendor, now: certificate.notAfter) == nil)
        #expect(
            site.registry.stillAdmitted(vendor, now: certificate.notAfter + 1)?.code == .certificateExpired)
    }

    @Test func `Nobody is admitted without an authority, a certificate or a chain to the authority`() async throws {
        let empty = try Site(hasAuthority: false)
        let certificate = try site.enrol()
        #expect(await empty.admit(certificate).refusal == .authorityMissing)
        let none = await site.registry.admit(chain: [], executableDigest: { nil }, now: Site.start)
        #expect(none.refusal == .certificateMissing)
        let junk = await site.registry.admit(chain: [[1, 2, 3]], executableDigest: { nil }, now: Site.start)
        #expect(junk.refusal == .certificateMalformed)
        let other = try Site()
        #expect(await other.admit(certificate).refusal == .certificateUntrusted)
        try other.enrol()
        #expect(await other.admit(certificate).refusal == .certificateUntrusted)
    }

    @Test func `A certificate of the authority's for a vendor that isn't registered admits nobody`() async throws {
        #expect(await site.admit(try site.issue("stranger")).refusal == .vendorUnknown)
    }

    @Test func `A certificate for a registered name but another key admits nobody`() async throws {
        try site.enrol()
        #expect(await site.admit(try site.issue(key: SigningKey(.p256))).refusal == .certificateUnregistered)
        // Another one for the key that is registered does: the key is the vendor's.
        #expect(await site.admit(try site.issue()).refusal == nil)
    }

    @Test func `An entitlement beyond the ceiling refuses the certificate, and is named`() async throws {
        try site.enrol()
        let more = Site.granted.union(Entitlements(deny: [.fileOpen], inspectKernel: true))
        let certificate = try site.issue(entitlements: more)
        let result = await site.admit(certificate)
        #expect(result.refusal == .entitlementBeyondCeiling)
        #expect(result == .failure(Refusal(.entitlementBeyondCeiling, "deny:file.open inspect-kernel")))
        try site.registry.update("acme", ceiling: more)
        #expect(try await site.admit(certificate).get().entitlements == more)
    }

    @Test func `Where the site isn't strict, a certificate is good for what both say`() async throws {
        let ceiling = Entitlements(notify: [.processExec, .fileUnlink])
        try site.enrol(entitlements: .none, ceiling: ceiling, isStrict: false)
        let vendor = try await site.admit(try site.issue(entitlements: Site.granted)).get()
        #expect(vendor.entitlements == Entitlements(notify: [.processExec]))
        #expect(site.registry.stillAdmitted(vendor, now: Site.start + Site.day) == nil)
        try site.registry.update("acme", isStrict: true)
        #expect(
            site.registry.stillAdmitted(vendor, now: Site.start + Site.day)?.code == .entitlementBeyondCeiling)
    }

    @Test func `A ceiling that is lowered ends what was admitted above it`() async throws {
        let vendor = try await site.admit(try site.enrol()).get()
        try site.registry.update("acme", ceiling: Entitlements(notify: [.processExec]))
        let refusal = site.registry.stillAdmitted(vendor, now: Site.start + Site.day)
        #expect(refusal?.code == .entitlementBeyondCeiling)
    }

    @Test func `Only listed programs are admitted, by the certificate's list and by the site's`() async throws {
        let certificate = try site.enrol(executables: [Site.digest(1), Site.digest(2)])
        #expect(certificate.executables == [Site.digest(1), Site.digest(2)])
        let vendor = try await site.admit(certificate, running: Site.digest(2)).get()
        #expect(vendor.executable == Site.digest(2))
        #expect(await site.admit(certificate, running: Site.digest(3)).refusal == .executableNotListed)
        #expect(await site.admit(certificate, running: nil).refusal == .executableUnknown)
        // The site's list alone, then the certificate's alone.
        try site.registry.update("acme", executables: [Site.digest(1)])
        #expect(await site.admit(certificate, running: Site.digest(1)).refusal == nil)
        #expect(await site.admit(certificate, running: Site.digest(2)).refusal == .executableNotListed)
        #expect(
            site.registry.stillAdmitted(vendor, now: Site.start + Site.day)?.code == .executableNotListed)
        try site.registry.update("acme", executables: [])
        #expect(await site.admit(certificate, running: Site.digest(2)).refusal == nil)
        #expect(await site.admit(certificate, running: Site.digest(3)).refusal == .executableNotListed)
    }

    @Test func `A program's digest isn't taken where nobody asks or the answer is no anyway`() async throws {
        try site.enrol("plain")
        let key = SigningKey(.ed25519)
        let certificate = try site.enrol("listed", key: key, executables: [Site.digest(1)])
        let plain = try site.issue("plain")
        let taken: @Sendable () -> Digest? = {
            Issue.record("the digest was taken")
            return nil
        }
        let now = Site.start + Site.day
        #expect(await site.registry.admit(chain: [plain.der], executableDigest: taken, now: now).refusal == nil)
        try site.registry.suspend("listed")
        let result = await site.registry.admit(chain: [certificate.der], executableDigest: taken, now: now)
        #expect(result.refusal == .vendorSuspended)
    }

    @Test func `Every admission and refusal is counted by its reason`() async throws {
        let certificate = try site.enrol()
        _ = await site.admit(certificate)
        _ = await site.admit(certificate)
        _ = await site.admit(certificate, now: .max)
        _ = await site.admit(try site.issue("stranger"))
        _ = await site.registry.admit(chain: [], executableDigest: { nil }, now: 0)
        let status = site.registry.status()
        #expect(status.admitted == 2)
        #expect(status.refused == [.certificateExpired: 1, .vendorUnknown: 1, .certificateMissing: 1])
        #expect(status.vendors == 1)
    }
}
