// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization
import Testing
import VendorCertificates

@testable import Registry

@Suite struct RegistryStateTests {
    @Test func `The authority's list revokes what the authority signed, not what an issuer below it did`() async throws
    {
        let site = try Site()
        let vendor = try await site.admit(try site.enrol()).get()
        let list = try RevocationList(revoked: ["51": 1], number: 1, authority: site.authority(), now: Site.start)
        try site.write(list.der, to: "authority/revoked.crl")
        site.registry.refresh()
        func judge(serial: String, signed: String) -> Refusal.Code? {
            var claim = vendor.claim
            claim.serial = serial
            claim.signedSerial = signed
            return site.registry.state.withLock { $0.judge(claim, digest: nil, now: Site.start) }.refusal
        }
        #expect(judge(serial: "50", signed: "50") == nil)
        #expect(judge(serial: "51", signed: "51") == .certificateRevoked)
        #expect(judge(serial: "50", signed: "51") == .certificateRevoked)
        #expect(judge(serial: "51", signed: "50") == nil)
    }

    @Test func `An admission that was put together for a test is judged as any other`() throws {
        let site = try Site()
        let vendor = AdmittedVendor(
            name: "acme", entitlements: Site.granted, serial: "50", notAfter: Site.start,
            keyFingerprint: site.key.fingerprint)
        #expect(site.registry.stillAdmitted(vendor, now: Site.start)?.code == .vendorUnknown)
        try site.enrol()
        #expect(site.registry.stillAdmitted(vendor, now: Site.start) == nil)
        #expect(site.registry.stillAdmitted(vendor, now: Site.start + 1)?.code == .certificateExpired)
    }
}
