// SPDX-License-Identifier: Apache-2.0

import Commands
import Crypto
import Glibc
import SwiftASN1
import Testing
import VendorCertificates
@_spi(CMS) import X509

/// `policy modules`, which needs no platform. What a signature is worth is tested where it is read.
@Suite struct PolicyModulesCommandTests {
    private static let content = [0x7f, 0x45, 0x4c, 0x46] + (0..<5000).map { UInt8(truncatingIfNeeded: $0) }

    /// A module with a signature of the authority's key, as the kernel's `sign-file` puts it at the end.
    private func module(signedBy authority: CertificateAuthority) throws -> [UInt8] {
        let message = try CMS.sign(
            Self.content, signatureAlgorithm: .ecdsaWithSHA256,
            certificate: Certificate(pemEncoded: authority.certificate.pem),
            privateKey: Certificate.PrivateKey(pemEncoded: try #require(authority.key).pem))
        return Self.content + message + [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, UInt8(message.count >> 8)]
            + [UInt8(message.count & 0xff)] + Array("~Module signature appended~\n".utf8)
    }

    private func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `The list has the digests of whose modules were asked for, and a policy takes it`() async throws {
        let site = try CertificateAuthority.create(name: "Site", now: 1_700_000_000)
        let other = try CertificateAuthority.create(name: "Other", now: 1_700_000_000)
        let signed = try module(signedBy: site)
        var changed = signed
        changed[9] ^= 1
        let folder = try ModuleFolder(
            [
                "a.ko": signed, "b.ko": try module(signedBy: other), "c.ko": Self.content, "d.ko": changed,
                "e.txt": signed,
            ])
        defer { folder.remove() }
        let policy = """
            apiVersion: sallyport.dev/v1
            kind: Policy
            metadata:
              name: modules
            spec:
              rules:
                - name: signed
                  on: [image.load_module]
                  object: {digest: ['file:\(folder.path)/list']}
                  action: allow
                  unknown_digest: deny

            """
        try await withFiles([site.certificate.pem, other.certificate.pem, policy, "nonsense"]) { files in
            let list = folder.path + "/list"
            #expect(await modules(folder, ["--signer", files[0], "--to", list]) == .success)
            #expect((try? folder.digests("list")) == [digest(signed)])
            #expect(await SallyportCommand.run(arguments: ["policy", "check", files[2]]) == .success)
            // A list isn't overwritten.
            #expect(await modules(folder, ["--signer", files[0], "--to", list]) == .usage)
            let both = ["--signer", files[0], "--signer", files[1], "--to", folder.path + "/both"]
            #expect(await modules(folder, both) == .success)
            #expect((try? folder.digests("both"))?.count == 2)
            #expect(await modules(folder, ["--to", folder.path + "/all"]) == .success)
            #expect((try? folder.digests("all"))?.count == 4)
            #expect(await modules(folder, ["--signer", files[3]]) == .usage)
            #expect(await modules(folder, ["--signer", folder.path + "/none"]) == .usage)
        }
    }

    @Test func `Where no module is, or none of the signer's, nothing is written`() async throws {
        let site = try CertificateAuthority.create(name: "Site", now: 1_700_000_000)
        let folder = try ModuleFolder(["c.ko": Self.content])
        let empty = try ModuleFolder(["c.txt": Self.content])
        defer {
            folder.remove()
            empty.remove()
        }
        try await withFiles([site.certificate.pem]) { files in
            let list = folder.path + "/list"
            #expect(await modules(folder, ["--signer", files[0], "--to", list]) == .findings)
            #expect(await modules(empty, ["--to", list]) == .usage)
            #expect(access(list, F_OK) != 0)
        }
    }

    private func modules(_ folder: ModuleFolder, _ arguments: [String]) async -> CommandStatus {
        await SallyportCommand.run(arguments: ["policy", "modules", "--below", folder.path] + arguments)
    }
}

/// A directory of files, the first level of which is one more directory.
private struct ModuleFolder {
    let path: String
    private let names: [String]

    init(_ files: [String: [UInt8]]) throws {
        var template = Array("/tmp/sallyport-modules-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
        names = files.keys.sorted()
        mkdir(path + "/kernel", 0o755)
        for (name, bytes) in files {
            let file = try #require(fopen(path + "/kernel/" + name, "w"))
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
    }

    func digests(_ name: String) throws -> [String] {
        let file = try #require(fopen(path + "/" + name, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0.prefix(64)) }
    }

    func remove() {
        for name in names { unlink(path + "/kernel/" + name) }
        for name in ["list", "both", "all"] { unlink(path + "/" + name) }
        rmdir(path + "/kernel")
        rmdir(path)
    }
}
