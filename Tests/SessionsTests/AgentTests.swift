// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Sessions
import Testing
import VendorCertificates

/// Vendors' agents over mutual TLS 1.3.
@Suite struct AgentTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `an agent is greeted by its vendor's name and entitlements`(_ algorithm: KeyAlgorithm) async throws {
        try await withAgentServer { lab in
            let credentials = try lab.site.credentials(
                "acme", algorithm: algorithm, ["notify:process.*", "ask:process.exec"])
            let greeting = try await lab.connect(credentials) { try await $0.greet() }
            #expect(greeting.caller.name == "acme")
            #expect(greeting.caller.entitlements.words == ["ask:process.exec", "notify:process.*"])
            #expect(greeting.boot == lab.platform.boot)
            #expect(greeting.limits.contains(NamedLimit("questions-in-flight", 1024, "questions")))
            #expect(lab.admission.peers.map(\.pid) == [getpid()])
        }
    }

    @Test func `a certificate of another authority with the same name is refused`() async throws {
        try await withAgentServer { lab in
            let other = try TestSite()
            let foreign = try other.credentials("acme")
            let credentials = VendorCredentials(
                certificateChain: foreign.certificateChain, privateKey: foreign.privateKey,
                authority: lab.site.authority.certificate.pem)
            let error = await #expect(throws: SallyportError.self) {
                try await lab.connect(credentials) { try await $0.greet() }
            }
            #expect(error?.reason == "certificate-untrusted")
            #expect(error?.code == .permissionDenied)
        }
    }

    @Test func `a certificate without its key opens no connection`() async throws {
        try await withAgentServer { lab in
            let stolen = try lab.site.credentials("acme")
            let own = try lab.site.credentials("mallory")
            let credentials = VendorCredentials(
                certificateChain: stolen.certificateChain, privateKey: own.privateKey, authority: stolen.authority)
            await #expect(throws: SallyportError.self) {
                try await lab.connect(credentials) { try await $0.greet() }
            }
            #expect(lab.admission.peers.isEmpty)
        }
    }

    @Test func `a platform that another authority vouches for isn't trusted`() async throws {
        try await withAgentServer { lab in
            let good = try lab.site.credentials("acme")
            let credentials = VendorCredentials(
                certificateChain: good.certificateChain, privateKey: good.privateKey,
                authority: try TestSite().authority.certificate.pem)
            await #expect(throws: SallyportError.self) {
                try await lab.connect(credentials) { try await $0.greet() }
            }
            #expect(lab.admission.peers.isEmpty)
        }
    }

    @Test func `who comes without TLS gets nowhere on the agents' socket`() async throws {
        try await withAgentServer { lab in
            await #expect(throws: SallyportError.self) {
                try await SallyportClient.withConnection(to: lab.socketPath, timeout: .seconds(2)) {
                    try await $0.status()
                }
            }
            #expect(lab.platform.calls == 0)
        }
    }

    @Test func `an agent sees and changes its own vendor's policies only, as far as it is entitled to`() async throws {
        try await withAgentServer { lab in
            let rule = Rule(name: "r", operations: [.processExec], action: .deny)
            let own = Policy(name: "own", vendor: "acme", rules: [rule])
            let foreign = Policy(name: "foreign", vendor: "site", rules: [rule])
            let words = ["notify:*", "deny:process.exec", "manage-policy"]
            try await lab.connect(lab.site.credentials("acme", words)) { client in
                _ = try await client.applyPolicies([own])
                let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([foreign]) }
                #expect(error?.reason == "not-entitled")
                let bundle = SignedPolicyBundle(contents: [1], signature: [2])
                await #expect(throws: SallyportError.self) { _ = try await client.applyPolicies(bundle) }
                #expect(lab.platform.bundles == [])
                _ = try await lab.platform.apply([foreign], by: .site)
                #expect(try await client.policies().map(\.policy.name) == ["own"])
                let hidden = await #expect(throws: SallyportError.self) {
                    try await client.removePolicy(named: "foreign")
                }
                #expect(hidden?.reason == "policy-not-found")
                #expect(await lab.platform.policies().count == 2)
            }
            for (words, missing) in [
                (["deny:process.exec"], "manage-policy"), (["manage-policy"], "deny:process.exec"),
            ] {
                try await lab.connect(lab.site.credentials("acme", words)) { client in
                    let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([own]) }
                    #expect(error?.reason == "not-entitled")
                    #expect(error?.message.contains(missing) == true)
                }
            }
        }
    }

    @Test func `events outside the entitlement are refused by name, and everything means what is granted`() async throws
    {
        try await withAgentServer { lab in
            try await lab.connect(lab.site.credentials("acme", ["notify:process.exec"])) { client in
                let error = await #expect(throws: SallyportError.self) {
                    _ = try await client.events(EventFilter(operations: [.fileOpen]))
                }
                #expect(error?.reason == "not-entitled")
                #expect(error?.message.contains("notify:file.open") == true)
                _ = try await client.events(EventFilter(operations: [.processExec]))
                #expect(lab.platform.filters.last?.operations == [.processExec])
            }
        }
    }

    @Test func `who connects and never shows a certificate is closed, and agents get through beside many such`()
        async throws
    {
        try await withAgentServer(configure: {
            $0.limits.connections = 8
            $0.limits.admissionTime = .milliseconds(300)
        }) { lab in
            let silent = (0..<8).map { _ in connected(to: lab.socketPath) }
            defer { for descriptor in silent { close(descriptor) } }
            try await eventually("half of them are refused") { lab.server.counters.connectionsRefused == 4 }
            try await eventually("the others are closed") { lab.server.counters.connections == 0 }
            let greeting = try await lab.connect(lab.site.credentials("acme")) { try await $0.greet() }
            #expect(greeting.caller.name == "acme")
        }
    }

    /// A connection that nothing is sent on.
    private func connected(to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return descriptor
    }

    @Test func `an agent whose vendor is suspended is disconnected and told why`() async throws {
        try await withAgentServer { lab in
            try await lab.connect(lab.site.credentials("acme")) { client in
                _ = try await client.greet()
                #expect(lab.server.connections(of: "acme") == 1)
                lab.admission.refuse(PlatformError(.init(rawValue: "vendor-suspended"), "suspended"))
                let error = await #expect(throws: SallyportError.self) { try await client.greet() }
                #expect(error?.reason == "vendor-suspended")
                #expect(lab.server.closeRefused().keys.sorted() == ["acme"])
                try await eventually("closed") { lab.server.connections(of: "acme") == 0 }
            }
        }
    }
}
