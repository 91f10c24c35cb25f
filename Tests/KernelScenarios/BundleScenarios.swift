// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import PolicyBundles
import Sallyport
import VendorCertificates

/// Signed bundles of policies, before and under the seal.
enum BundleScenarios {
    private static let certificate = Lab.root + "/policy-authority.pem"
    private static let key = Lab.root + "/policy-authority.key"
    private static let refused = -EPERM
    static let options = ["--policy-authority", certificate]

    /// Makes an authority whose certificate the platform is started with; the key stays with the test.
    static func prepare() throws {
        let authority = try CertificateAuthority.create(name: "Policies", now: Int64(time(nil)))
        try Lab.write(authority.certificate.pem, to: certificate, mode: 0o644)
        guard let signing = authority.key else { throw Failure("an authority without a key") }
        try Lab.write(signing.pem, to: key, mode: 0o600)
    }

    static let unsealed: [Scenario] = [
        Scenario("a signed bundle takes the place of all of the site's policies, and none that is older does") { lab in
            _ = try await lab.client.applyPolicies([
                Make.policy("goes", Make.rule("x", .deny, object: Make.path("/nowhere/**")))
            ])
            try apply(3, [denyTreeFile], lab, 0)
            try expect(try await lab.client.policies().map(\.policy.name), ["deny-tree"], "policies")
            try expect(try await lab.client.status().policyBundle, 3, "the version in the status")
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
            for version: UInt64 in [1, 2, 3] { try apply(version, [], lab, 1) }
            try await expectReason("bundle-refused") {
                try await lab.client.applyPolicies(
                    SignedPolicyBundle(PolicyBundle(version: 9, policies: []), key: SigningKey(.p256)))
            }
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree, after what was refused")
        }
    ]

    static let sealed: [Scenario] = [
        Scenario("sealed: what the site decided changes by a bundle of its authority, and by nothing else") { lab in
            try require(try await lab.client.status().sealed, "sealed")
            try await expectReason("sealed") { try await lab.client.removePolicy(named: "deny-tree") }
            let others = SigningKey(.p256)
            try await expectReason("bundle-refused") {
                try await lab.client.applyPolicies(
                    SignedPolicyBundle(PolicyBundle(version: 99, policies: []), key: others))
            }
            try apply(3, [], lab, 1)
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree, after what was refused")
            try apply(4, [], lab, 0)
            try expect(try await lab.client.policies(), [], "policies")
            try expect(Lab.exec(Lab.deniedProgram), 0, "exec in the tree that was denied")
            try apply(3, [denyTreeFile], lab, 1)
            try apply(4, [denyTreeFile], lab, 1)
            try apply(5, [denyTreeFile], lab, 0)
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
            // The certificate that all of this hangs on.
            try expect(AgentScenarios.opened(certificate, O_WRONLY), -EPERM, "write to the authority's certificate")
            try expect(unlink(certificate), -1, "remove the authority's certificate")
        }
    ]

    /// Platforms on which no bundle counts once they are sealed.
    enum Closed: String {
        /// The authority is that of vendors, whose key root can read.
        case keyHere = "key-here"
        case frozen
    }

    static func options(_ kind: Closed) -> [String] {
        ["--self-protection", "on"] + (kind == .frozen ? options + ["--sealed-policy", "frozen"] : [])
    }

    static func closed(_ kind: Closed) -> [Scenario] {
        [
            Scenario("\(kind.rawValue): a bundle counts before the seal and not under it") { lab in
                let key = kind == .frozen ? key : lab.daemon.state + "/registry/authority/key.pem"
                try apply(1, [denyTreeFile], lab, 0, key: key)
                try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
                let notes = try await lab.client.protection.seal()
                let tells = notes.contains { $0.contains("the authority's key is on this machine") }
                try expect(tells, kind == .keyHere, "what sealing tells: \(notes)")
                try apply(2, [], lab, 1, key: key)
                try await expectReason("sealed") {
                    try await lab.client.applyPolicies(
                        SignedPolicyBundle(
                            PolicyBundle(version: 3, policies: []),
                            key: SigningKey(pem: String(decoding: Lab.read(key), as: UTF8.self))))
                }
                try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree, under the seal")
                let rule = Make.rule("x", .deny, object: Make.path("/nowhere/else/**"))
                if kind == .frozen {
                    try await expectReason("sealed") {
                        try await lab.client.applyPolicies([Make.policy("added", rule)])
                    }
                } else {
                    _ = try await lab.client.applyPolicies([Make.policy("added", rule)])
                }
            }
        ]
    }

    private static let denyTreeFile = """
        apiVersion: sallyport.dev/v1
        kind: Policy
        metadata:
          name: deny-tree
        spec:
          rules:
            - name: denied
              on: [process.exec, image.load]
              object: {path: ['\(Lab.denied)/**']}
              action: deny
        """

    /// Signs and applies as an operator does; `status` is what `policy apply` ends with.
    private static func apply(
        _ version: UInt64, _ files: [String], _ lab: Lab, _ status: Int32, key: String = key
    ) throws {
        let bundle = Lab.root + "/site.bundle"
        unlink(bundle)
        var words = ["policy", "sign", "--key", key, "--bundle-version", "\(version)", "--to", bundle]
        for (number, text) in files.enumerated() {
            try Lab.write(text + "\n", to: Lab.root + "/policy-\(number).yaml", mode: 0o644)
            words.append(Lab.root + "/policy-\(number).yaml")
        }
        try expect(
            try DaemonProcess.runToEnd([lab.daemon.cli] + words, output: Lab.root + "/sign.out"), 0,
            "status of policy sign")
        try expect(
            try DaemonProcess.runToEnd(
                [lab.daemon.cli, "policy", "apply", "--bundle", bundle, "--socket", lab.daemon.socketPath],
                output: Lab.root + "/apply.out"), status, "status of policy apply --bundle, version \(version)")
    }
}
