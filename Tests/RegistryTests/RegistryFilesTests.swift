// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import LinuxSystem
import Testing
import VendorCertificates

@testable import Registry

@Suite struct RegistryFilesTests {
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

    @Test func `Files are 0600 and directories 0700, whatever the mask`() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let site = try Site()
        try site.enrol()
        try site.registry.revoke("acme", now: Site.start)
        _ = try site.registry.serverIdentity(now: Site.start)
        for directory in ["", "/authority", "/vendors"] {
            #expect(try FileStamp(site.path + "/state" + directory).mode == 0o700)
        }
        let files = ["authority/certificate.pem", "authority/key.pem", "authority/server.pem", "authority/revoked.crl"]
        for file in files + ["vendors/acme.vendor"] {
            #expect(try FileStamp(site.path + "/state/" + file).mode == 0o600, "\(file)")
        }
    }

    @Test func `A key that others can read isn't used`() throws {
        #expect(chmod(site.path + "/state/authority/key.pem", 0o640) == 0)
        #expect(code { try site.restart() } == .fileInaccessible)
        #expect(chmod(site.path + "/state/authority/key.pem", 0o600) == 0)
        #expect(code { try site.restart() } == nil)
    }

    @Test func `An authority isn't replaced by another one`() throws {
        let authority = site.registry.authority
        #expect(code { try site.registry.initAuthority(name: "Other", now: Site.start) } == .authorityExists)
        let other = try CertificateAuthority.create(name: "Other", now: Site.start)
        #expect(
            code { try site.registry.importAuthority(certificate: other.certificate, key: other.key) }
                == .authorityExists)
        #expect(site.registry.authority == authority)
        // Nor is a key whose certificate is missing.
        try FileSystem.removeDurably(site.path + "/state/authority/certificate.pem")
        try site.restart()
        #expect(code { try site.registry.initAuthority(name: "Other", now: Site.start) } == .authorityExists)
    }

    @Test func `An imported key must be the certificate's`() throws {
        let empty = try Site(hasAuthority: false)
        let made = try CertificateAuthority.create(name: "Other", now: Site.start)
        #expect(
            code { try empty.registry.importAuthority(certificate: made.certificate, key: SigningKey(.p256)) }
                == .certificateUnsuitable)
        #expect(empty.registry.status().authority == .missing)
        try empty.registry.importAuthority(certificate: made.certificate, key: made.key)
        #expect(
            empty.registry.status().authority
                == .present(name: "Other", notAfter: made.certificate.notAfter, hasKey: true))
        try empty.restart()
        #expect(empty.registry.authority == made.certificate)
    }

    @Test func `What a crash leaves half written is passed over`() async throws {
        let certificate = try site.enrol()
        let path = site.path + "/state/vendors/acme.vendor"
        let record = try FileSystem.read(path)
        try site.write(Array(record.prefix(record.count / 2)), to: "vendors/acme.vendor.new")
        try site.write([1, 2, 3], to: "authority/revoked.crl.new")
        try site.restart()
        #expect(await site.admit(certificate).refusal == nil)
        #expect(site.registry.list().count == 1)
        try site.registry.suspend("acme")
        try site.restart()
        #expect(try site.registry.show("acme").state == .suspended)
    }

    @Test func `A corrupt record stops the registry and is left as it is`() throws {
        try site.enrol()
        let path = site.path + "/state/vendors/acme.vendor"
        let whole = try FileSystem.readText(path)
        for text in [
            "", "x", whole.replacing("state active", with: "state asleep"),
            whole.replacing("name acme", with: "name b"),
            whole.replacing("sallyport vendor 1", with: "sallyport vendor 2"), whole + whole,
            whole.replacing("strict yes\n", with: ""), whole.replacing("strict", with: "stricter"),
        ] {
            try site.write(Array(text.utf8), to: "vendors/acme.vendor")
            let error = #expect(throws: RegistryError.self) { try site.restart() }
            #expect(error?.code == .fileCorrupt)
            #expect(error?.message.contains(path) == true)
            #expect(try FileSystem.readText(path) == text)
        }
        try site.write(Array(whole.utf8), to: "vendors/acme.vendor")
        #expect(code { try site.restart() } == nil)
    }

    @Test func `No part of a record is a record`() throws {
        try site.enrol(executables: [Site.digest(1)])
        let text = try site.registry.show("acme").text
        #expect(try VendorRecord(text: text) == site.registry.show("acme"))
        for length in 0..<text.utf8.count {
            let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: VendorRecord.BadLine.self) { try VendorRecord(text: part) }
        }
    }

    @Test func `A record never grows beyond what can be read again`() throws {
        try site.enrol()
        var record = try site.registry.show("acme")
        let certificate = try #require(record.certificates.first)
        for number in 0..<VendorRecord.maximumRevoked - 2 { record.revoked["40" + String(10_000 + number) + "0"] = 1 }
        try record.add(certificate, now: Site.start)
        #expect(throws: RegistryError.self) { try record.add(certificate, now: Site.start) }
        record.revoked["77"] = 1
        record.revokeCertificates(now: 1)
        #expect(record.revoked.count == VendorRecord.maximumRevoked)
        #expect(try VendorRecord(text: record.text) == record)
    }

    @Test(arguments: ["certificate.pem", "key.pem"])
    func `A corrupt authority stops the registry`(file: String) throws {
        let path = "authority/" + file
        let text = try FileSystem.read(site.path + "/state/" + path)
        for bytes in [[], Array("junk".utf8), Array(text.dropLast(40))] {
            try site.write(bytes, to: path)
            #expect(code { try site.restart() } == .fileCorrupt)
        }
        try site.write(text, to: path)
        #expect(code { try site.restart() } == nil)
    }

    @Test func `A record comes back as it was in every field`() async throws {
        try site.enrol(ceiling: .all, executables: [Site.digest(7)], isStrict: false)
        _ = try site.registry.renew(name: "acme", revokingOlder: true, now: Site.start + 5)
        let record = try site.registry.show("acme")
        #expect(!record.revoked.isEmpty)
        try site.restart()
        #expect(try site.registry.show("acme") == record)
    }
}
