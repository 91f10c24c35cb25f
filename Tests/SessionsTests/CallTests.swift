// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport
import Sessions
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CallTests {
    @Test func `Status and coverage arrive as the platform said them`() async throws {
        try await withServer { client, _ in
            let (status, coverage) = (try await client.status(), try await client.coverage())
            #expect(status == Samples.status)
            #expect(coverage == Samples.coverage)
        }
    }

    @Test func `Policies can be applied, listed, shown and removed`() async throws {
        try await withServer { client, _ in
            let first = try Samples.policy("first")
            let second = try Samples.fullPolicy("second")
            #expect(try await client.applyPolicies([first, second]) == Samples.receipt(policies: 2))
            #expect(try await client.policies().map(\.policy) == [first, second])
            let shown = try await client.policy(named: "second")
            #expect(shown == InstalledPolicy(policy: second, installedAt: 1_700_000_000_123_456_789))
            #expect(try await client.removePolicy(named: "first") == Samples.receipt(policies: 1))
            #expect(try await client.policies().map(\.policy.name) == ["second"])
        }
    }

    @Test func `A bundle arrives as it was signed, and what refuses it is told`() async throws {
        let platform = FakePlatform()
        let bundle = SignedPolicyBundle(contents: [1, 2, 3], signature: [4, 5])
        try await withServer(platform) { client, _ in
            let receipt = try await client.applyPolicies(bundle)
            #expect(receipt == Samples.receipt(policies: 1))
            #expect(platform.bundles == [bundle])
            platform.refuse(PlatformError(.bundleRefused, "signed by somebody else"))
            let refused = await #expect(throws: SallyportError.self) { _ = try await client.applyPolicies(bundle) }
            #expect(refused?.reason == "bundle-refused")
        }
    }

    @Test func `A list longer than one message arrives whole and in order`() async throws {
        let platform = FakePlatform()
        let processes = (1...600).map { Samples.process($0) }
        platform.have(processes: processes)
        try await withServer(platform) { client, _ in
            let received = try await client.processes()
            #expect(received == processes)
        }
    }

    @Test func `A policy that isn't there is refused with the stable reason`() async throws {
        try await withServer { client, _ in
            let shown = await #expect(throws: SallyportError.self) { try await client.policy(named: "none") }
            #expect(shown?.code == .refused)
            #expect(shown?.reason == "policy-not-found")
            let removed = await #expect(throws: SallyportError.self) { try await client.removePolicy(named: "none") }
            #expect(removed?.reason == "policy-not-found")
        }
    }

    @Test(arguments: [
        PlatformError.Code.policyInvalid, .policyLimit, .policyNotCovered, .installFailed, .storageFailed,
        .subscriberLimit, PlatformError.Code(rawValue: "of-a-later-version"),
    ])
    func `The platform's refusal arrives with its reason and its sentence`(code: PlatformError.Code) async throws {
        let platform = FakePlatform()
        platform.refuse(PlatformError(code, "do “this”,\nthen that"))
        try await withServer(platform) { client, _ in
            let applied = await #expect(throws: SallyportError.self) {
                try await client.applyPolicies([try Samples.policy("p")])
            }
            #expect(applied == SallyportError(.refused, reason: code.rawValue, "do “this”,\nthen that"))
            let watched = await #expect(throws: SallyportError.self) { _ = try await client.events() }
            #expect(watched == SallyportError(.refused, reason: code.rawValue, "do “this”,\nthen that"))
        }
    }

    @Test func `Too many policies in one request are refused by the name of the limit`() async throws {
        try await withServer(configure: { $0.limits.policiesPerRequest = 2 }) { client, _ in
            let policies = try (1...3).map { try Samples.policy("p\($0)") }
            let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies(policies) }
            #expect(error?.reason == "request-limit")
            #expect(error?.message.contains("policies-per-request") == true)
            #expect(try await client.policies().isEmpty)
        }
    }

    @Test func `An empty request is refused instead of doing nothing`() async throws {
        try await withServer { client, _ in
            let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([]) }
            #expect(error?.reason == "request-invalid")
        }
    }

    @Test func `A platform that doesn't answer counts as unreachable after the timeout`() async throws {
        try await withServer(FakePlatform(silent: true), timeout: .milliseconds(100)) { client, _ in
            let error = await #expect(throws: SallyportError.self) { try await client.status() }
            #expect(error?.code == .unreachable)
        }
    }

    @Test func `Without a socket the error says that the platform isn't running`() async throws {
        try await withSocketPath { path in
            let error = await #expect(throws: SallyportError.self) {
                try await SallyportClient.withConnection(to: path) { try await $0.status() }
            }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("there is no socket at \(path)") == true)
        }
    }

    @Test func `A path that no socket can have is refused before anything is sent`() async throws {
        let error = #expect(throws: SallyportError.self) {
            try SallyportClient(socketPath: "/" + String(repeating: "a", count: 103))
        }
        #expect(error?.message.contains("103") == true)
    }
}
