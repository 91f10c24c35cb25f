// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Registry
import Testing
import VendorCertificates

@Suite struct EnrolmentTests {
    let site: Site
    init() throws { site = try Site() }

    private func code(_ body: () throws -> Void) -> RegistryError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RegistryError)?.code
        }
    }

    @Test func `A record shows what was enrolled`() throws {
        let certificate = try site.enrol(
            ceiling: .all, executables: [Site.digest(1), Site.digest(1), Site.digest(2)], isStrict: false)
        let record = try site.registry.show("acme")
        #expect(record.name == "acme" && record.state == .active && !record.isStrict)
        #expect(record.ceiling == .all)
        #expect(record.executables == [Site.digest(1), Site.digest(2)])
        #expect(record.enrolledAt == Site.start)
        #expect(record.certificates == [certificate])
        #expect(record.revoked.isEmpty)
        try site.enrol("abacus", key: SigningKey(.p256))
        #expect(site.registry.list().map(\.name) == ["abacus", "acme"])
    }

    @Test func `A name is one vendor's`() throws {
        try site.enrol()
        #expect(code { try site.enrol(key: SigningKey(.p256)) } == .vendorNameTaken)
        try site.registry.suspend("acme")
        #expect(code { try site.enrol(key: SigningKey(.p256)) } == .vendorNameTaken)
        for name in ["site", "Acme", "", "../acme", "a/b"] {
            let request = try SigningRequest(name: "x", key: SigningKey(.p256))
            let error = #expect(throws: RegistryError.self) {
                try site.registry.enrol(name: name, request: request, entitlements: .none, now: Site.start)
            }
            #expect(error?.code == .vendorNameInvalid, "\(name)")
        }
    }

    @Test func `A key is one vendor's, and a request is by whom it is handed in for`() throws {
        try site.enrol()
        #expect(code { try site.enrol("other") } == .requestUnsuitable)
        let request = try SigningRequest(name: "somebody", key: SigningKey(.p256))
        let error = #expect(throws: RegistryError.self) {
            try site.registry.enrol(name: "other", request: request, entitlements: .none, now: Site.start)
        }
        #expect(error?.code == .requestUnsuitable)
    }

    @Test func `Nothing is issued beyond the ceiling`() throws {
        #expect(
            code { try site.enrol(entitlements: .all, ceiling: Site.granted) } == .entitlementBeyondCeiling)
        try site.enrol()
        let error = #expect(throws: RegistryError.self) {
            try site.registry.renew(name: "acme", entitlements: .all, now: Site.start)
        }
        #expect(error?.code == .entitlementBeyondCeiling)
        #expect(error?.message.contains("inspect-kernel") == true)
    }

    @Test func `What isn't there is unknown`() throws {
        for body in [
            { _ = try site.registry.show("acme") }, { try site.registry.suspend("acme") },
            { try site.registry.resume("acme") }, { try site.registry.revoke("acme", now: 0) },
            { try site.registry.update("acme") }, { _ = try site.registry.renew(name: "acme", now: 0) },
        ] as [() throws -> Void] { #expect(code(body) == .vendorUnknown) }
    }

    @Test func `Renewing keeps key and rights, and the older certificate stays good`() async throws {
        let old = try site.enrol()
        let later = old.notAfter - Site.day
        let new = try site.registry.renew(name: "acme", lifetime: 30 * Site.day, now: later)
        #expect(new.keyFingerprint == old.keyFingerprint)
        #expect(new.entitlements == old.entitlements)
        #expect(new.serial != old.serial)
        #expect(await site.admit(old, now: later).refusal == nil)
        #expect(await site.admit(new, now: later).refusal == nil)
        #expect(await site.admit(old, now: old.notAfter + 1).refusal == .certificateExpired)
        #expect(await site.admit(new, now: old.notAfter + 1).refusal == nil)
    }

    @Test func `For room certificates that have expired go, never valid ones`() throws {
        let first = try site.enrol()
        for _ in 1..<VendorRecord.maximumCertificates {
            _ = try site.registry.renew(name: "acme", lifetime: 60 * Site.day, now: Site.start)
        }
        #expect(code { _ = try site.registry.renew(name: "acme", now: first.notAfter) } == .tooMany)
        _ = try site.registry.renew(name: "acme", now: first.notAfter + 1)
        let record = try site.registry.show("acme")
        #expect(record.certificates.count == VendorRecord.maximumCertificates)
        #expect(!record.certificates.contains(first))
    }

    @Test func `Too many programs are refused by the limit's number`() throws {
        let digests = (0...VendorRecord.maximumExecutables).map { number in
            Digest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: $0 == 0 ? number : number >> 8) })!
        }
        #expect(code { try site.enrol(executables: digests) } == .tooMany)
        #expect(try site.enrol(executables: Array(digests.dropLast())).executables.count == 256)
    }
}
