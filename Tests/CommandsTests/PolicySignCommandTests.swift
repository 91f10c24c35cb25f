// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import Glibc
import PolicyBundles
import Testing
import VendorCertificates

/// `policy sign`, which needs no platform.
@Suite struct PolicySignCommandTests {
    private static let policy = """
        apiVersion: sallyport.dev/v1
        kind: Policy
        metadata:
          name: base
        spec:
          rules:
            - name: tmp
              on: [process.exec]
              object: {path: ['/tmp/**']}
              action: deny

        """

    private func sign(_ key: String, _ version: String, to path: String, _ files: [String]) async -> CommandStatus {
        await SallyportCommand.run(
            arguments: ["policy", "sign", "--key", key, "--bundle-version", version, "--to", path] + files)
    }

    @Test func `What is signed is what the files say, and no file is overwritten`() async throws {
        let authority = try CertificateAuthority.create(name: "Site", now: 1_700_000_000)
        let key = try #require(authority.key).pem
        try await withFiles([key, Self.policy, "kind: Wish\n", ""]) { files in
            let out = files[3]
            #expect(await sign(files[0], "7", to: out, [files[1]]) == .usage)
            unlink(out)
            #expect(await sign(files[0], "7", to: out, [files[2]]) == .findings)
            #expect(await sign(files[1], "7", to: out, [files[1]]) == .usage)
            #expect(await sign(files[0], "0", to: out, [files[1]]) == .usage)
            #expect(await sign(files[0], "-1", to: out, [files[1]]) == .usage)
            #expect(access(out, F_OK) != 0)
            #expect(await sign(files[0], "7", to: out, [files[1]]) == .success)
            let text = try contents(out)
            let bundle = try SignedPolicyBundle(pem: text).opened(by: authority.certificate)
            #expect(bundle.version == 7)
            #expect(try bundle.policies == PolicyCheck(files: [files[1]]).policies)
        }
    }

    private func contents(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    @Test func `Files and a bundle aren't applied together`() async {
        #expect(await SallyportCommand.run(arguments: ["policy", "apply"]) == .usage)
        #expect(await SallyportCommand.run(arguments: ["policy", "apply", "a.yaml", "--bundle", "b"]) == .usage)
        #expect(await SallyportCommand.run(arguments: ["policy", "apply", "--bundle", "/nonexistent/b"]) == .usage)
    }
}
