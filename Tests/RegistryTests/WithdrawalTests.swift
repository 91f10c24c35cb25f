// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem
import Registry
import Testing
import VendorCertificates

/// Suspension and revocation: at once, after a restart, and by lists from elsewhere.
@Suite struct WithdrawalTests {
    let site: Site
    let now = Site.start + Site.day
    init() throws { site = try Site() }

    @Test func `A suspended vendor is out until it is resumed`() async throws {
        let certificate = try site.enrol()
        let vendor = try await site.admit(certificate).get()
        let version = site.registry.refresh()
        try site.registry.suspend("acme")
        #expect(site.registry.refresh() > version)
        #expect(site.registry.stillAdmitted(vendor, now: now)?.code == .vendorSuspended)
        #expect(await site.admit(certificate).refusal == .vendorSuspended)
        try site.restart()
        #expect(await site.admit(certificate).refusal == .vendorSuspended)
        try site.registry.resume("acme")
        #expect(await site.admit(certificate).refusal == nil)
        #expect(site.registry.stillAdmitted(vendor, now: now) == nil)
    }

    @Test func `A revoked vendor is out for good, with every certificate it had`() async throws {
        let first = try site.enrol()
        let second = try site.registry.renew(name: "acme", now: Site.start)
        let vendor = try await site.admit(second).get()
        try site.registry.revoke("acme", now: now)
        #expect(site.registry.stillAdmitted(vendor, now: now)?.code == .certificateRevoked)
        try site.restart()
        for certificate in [first, second] {
            #expect(await site.admit(certificate).refusal == .certificateRevoked)
        }
        // One that the registry never saw is refused for its vendor.
        #expect(await site.admit(try site.issue()).refusal == .vendorRevoked)
        #expect(throws: RegistryError.self) { try site.registry.resume("acme") }
        #expect(throws: RegistryError.self) { try site.registry.renew(name: "acme", now: now) }
    }

    @Test func `The authority's list has what was revoked, and others can verify it`() async throws {
        let certificate = try site.enrol()
        try site.enrol("other", key: SigningKey(.p256))
        try site.registry.revoke("acme", now: now)
        try site.registry.revoke("other", now: now + 1)
        let bytes = try FileSystem.read(site.path + "/state/authority/revoked.crl")
        let list = try RevocationList(bytes, authority: site.authority().certificate)
        #expect(list.revoked.count == 2)
        #expect(list.revoked[certificate.serial] == now)
        #expect(list.number == 2)
        #expect(site.registry.status().revokedCertificates == 2)
    }

    @Test func `A revoked name can be enrolled again, and its old certificates stay revoked`() async throws {
        let old = try site.enrol()
        try site.registry.revoke("acme", now: now)
        let new = try site.enrol(now: now)
        #expect(await site.admit(new, now: now + 1).refusal == nil)
        #expect(await site.admit(old, now: now + 1).refusal == .certificateRevoked)
        try unlinkList()
        try site.restart()
        #expect(await site.admit(old, now: now + 1).refusal == .certificateRevoked)
    }

    @Test func `A renewal can revoke the older certificates`() async throws {
        let old = try site.enrol()
        let vendor = try await site.admit(old).get()
        let key = SigningKey(.ed25519)
        let new = try site.registry.renew(
            name: "acme", request: SigningRequest(name: "acme", key: key), revokingOlder: true, now: now)
        #expect(await site.admit(new).refusal == nil)
        #expect(await site.admit(old).refusal == .certificateRevoked)
        #expect(site.registry.stillAdmitted(vendor, now: now)?.code == .certificateRevoked)
        // Nor does the former key come back with another certificate.
        #expect(await site.admit(try site.issue()).refusal == .certificateUnregistered)
    }

    @Test func `A list that is put in place is read without a restart`() async throws {
        let certificate = try site.enrol()
        let vendor = try await site.admit(certificate).get()
        let version = site.registry.refresh()
        #expect(site.registry.refresh() == version)
        try site.write(list([certificate.serial: now]).der, to: "authority/revoked.crl")
        #expect(site.registry.stillAdmitted(vendor, now: now)?.code == .certificateRevoked)
        #expect(site.registry.refresh() == version + 1)
        #expect(await site.admit(certificate).refusal == .certificateRevoked)
        #expect(site.registry.status().revocationListProblem == nil)
    }

    @Test func `A list of another key, an older one and a missing one change nothing but the status`() async throws {
        let certificate = try site.enrol()
        let bystander = try site.enrol("bystander", key: SigningKey(.p256))
        let good = try list([certificate.serial: now], number: 5)
        try site.write(good.der, to: "authority/revoked.crl")
        #expect(await site.admit(certificate).refusal == .certificateRevoked)
        let foreign = try RevocationList(
            revoked: [:], number: 9, authority: .create(name: "Site Authority", now: Site.start), now: now)
        for bytes in [foreign.der, try list([:], number: 4).der, Array("no list".utf8), []] {
            try site.write(bytes, to: "authority/revoked.crl")
            #expect(await site.admit(certificate).refusal == .certificateRevoked)
            #expect(await site.admit(bystander).refusal == nil)
            #expect(site.registry.status().revocationListProblem?.contains("revoked.crl") == true)
        }
        try unlinkList()
        #expect(await site.admit(certificate).refusal == .certificateRevoked)
        #expect(site.registry.status().revocationListProblem?.contains("revoked.crl") == true)
        try site.write(try list([:], number: 6).der, to: "authority/revoked.crl")
        #expect(await site.admit(certificate).refusal == nil)
        #expect(site.registry.status().revocationListProblem == nil)
    }

    @Test func `Revoking goes on after a list with the highest number there is`() async throws {
        let certificate = try site.enrol()
        try site.write(try list([:], number: .max).der, to: "authority/revoked.crl")
        #expect(await site.admit(certificate).refusal == nil)
        try site.registry.revoke("acme", now: now + 1)
        #expect(site.registry.status().revocationListProblem == nil)
        #expect(site.registry.status().revokedCertificates == 1)
    }

    @Test func `With a list that could never be read nobody is admitted`() async throws {
        let certificate = try site.enrol()
        try site.write(Array("no list".utf8), to: "authority/revoked.crl")
        try site.restart()
        #expect(await site.admit(certificate).refusal == .revocationUnknown)
        // What is revoked now is kept all the same, and the file isn't lost.
        #expect(throws: RegistryError.self) { try site.registry.revoke("acme", now: now) }
        #expect(try site.registry.show("acme").state == .revoked)
        #expect(try FileSystem.readText(site.path + "/state/authority/revoked.crl") == "no list")
        try unlinkList()
        #expect(await site.admit(certificate).refusal == .certificateRevoked)
    }

    @Test func `What takes something away holds even when it can't be stored`() async throws {
        let certificate = try site.enrol()
        let vendors = site.path + "/state/vendors"
        #expect(rename(vendors, vendors + "-away") == 0)
        let error = #expect(throws: RegistryError.self) { try site.registry.suspend("acme") }
        #expect(error?.code == .fileInaccessible)
        #expect(await site.admit(certificate).refusal == .vendorSuspended)
        // What gives something doesn't.
        #expect(throws: RegistryError.self) { try site.registry.resume("acme") }
        #expect(await site.admit(certificate).refusal == .vendorSuspended)
        #expect(rename(vendors + "-away", vendors) == 0)
        try site.restart()
        #expect(await site.admit(certificate).refusal == nil)
    }

    private func list(_ revoked: [String: Int64], number: UInt64 = 1) throws -> RevocationList {
        try RevocationList(revoked: revoked, number: number, authority: site.authority(), now: now)
    }

    private func unlinkList() throws { try FileSystem.removeDurably(site.path + "/state/authority/revoked.crl") }
}
