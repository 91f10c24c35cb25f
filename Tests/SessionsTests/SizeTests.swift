// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Sallyport
import SallyportAPI
import Sessions
import Testing

/// How large requests may be.
@Suite(.timeLimit(.minutes(2)))
struct SizeTests {
    /// A block list of digests that differ.
    private func blockList(_ count: Int) -> Policy {
        var bytes = [UInt8](repeating: 0xAA, count: Digest.byteCount)
        let digests = (0..<count).map { number in
            bytes[0] = UInt8(truncatingIfNeeded: number)
            bytes[1] = UInt8(truncatingIfNeeded: number >> 8)
            bytes[31] = UInt8(truncatingIfNeeded: number >> 16)
            return Digest(bytes: bytes)!
        }
        let rule = Rule(
            name: "known-bad", operations: [.processExec], object: Condition(.digest(digests)), action: .deny,
            unknownDigest: .deny)
        return Policy(name: "block-list", rules: [rule])
    }

    @Test func `A block list of a million digests can be applied and read back`() async throws {
        let policy = blockList(1_000_000)
        #expect(policy.messageSize > 32_000_000)
        try await withServer(timeout: .seconds(100)) { client, _ in
            #expect(try await client.applyPolicies([policy]) == Samples.receipt(policies: 1))
            let shown = try await client.policy(named: "block-list")
            #expect(shown.policy == policy)
        }
    }

    @Test func `Policies above the limit policy-size are refused by that name before they are sent`() async throws {
        try await withServer { client, server in
            let tooLarge = Policy(name: "p", summary: String(repeating: "a", count: 64 << 20), rules: [])
            let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([tooLarge]) }
            #expect(error?.code == .refused)
            #expect(error?.reason == "request-limit")
            #expect(error?.message.contains("policy-size") == true)
            #expect(server.counters.calls == 0)
        }
    }

    @Test func `Policies above the server's own limit policy-size are refused by that name`() async throws {
        try await withServer(configure: { $0.limits.policySize = 2000 }) { client, _ in
            let long = try Samples.policy("p", pattern: "/" + String(repeating: "a", count: 2000))
            let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([long]) }
            #expect(error?.reason == "request-limit")
            #expect(error?.message.contains("policy-size") == true)
        }
    }

    @Test func `No policy's message is larger than its size, or its refusal would have no name`() async throws {
        let long = String(repeating: "ä", count: 2000)
        let rule = Rule(name: "", operations: [], action: .allow)
        let policies = [
            Policy(name: "", rules: []), try Samples.policy("p"), try Samples.fullPolicy(), blockList(10_000),
            Policy(name: long, vendor: long, summary: long, rules: []),
            Policy(name: "r", rules: Array(repeating: rule, count: 1000)),
        ]
        for policy in policies {
            // The transport takes a quarter more than the limit: here as much as the policy's size, and no byte more.
            let limit = policy.messageSize * 4 / 5
            try await withServer(configure: { $0.limits.policySize = limit }) { client, _ in
                let error = await #expect(throws: SallyportError.self) { try await client.applyPolicies([policy]) }
                #expect(error?.message.contains("policy-size") == true)
            }
        }
        #expect(blockList(10_000).messageSize < 10_000 * Digest.byteCount + 1000)
    }

    @Test func `A policy of a vendor that may change none is refused for that, however large it is`() async throws {
        try await withAgentServer(configure: { $0.limits.policySize = 2000 }) { lab in
            let large = try Samples.policy("p", pattern: "/" + String(repeating: "a", count: 2000))
            let error = try await lab.connect(lab.site.credentials("acme")) { client in
                await #expect(throws: SallyportError.self) { try await client.applyPolicies([large]) }
            }
            #expect(error?.reason == "not-entitled")
            #expect(error?.message.contains("manage-policy") == true)
        }
    }

    @Test func `Only who may change policies may send a request as large as those`() async throws {
        try await withAgentServer(configure: { $0.limits.messageSize = 100_000 }) { lab in
            let large = blockList(10_000)
            #expect(large.messageSize > 300_000)
            let broken = try await lab.connect(lab.site.credentials("acme")) { client in
                _ = try await client.greet()
                return await #expect(throws: SallyportError.self) { try await client.applyPolicies([large]) }
            }
            #expect(broken?.code == .unreachable || broken?.reason == "not-entitled")
            var own = large
            own.vendor = "acme"
            let entitled = try lab.site.credentials("acme", ["manage-policy", "deny:*"])
            try await lab.connect(entitled) { client in
                _ = try await client.greet()
                #expect(try await client.applyPolicies([own]) == Samples.receipt(policies: 1))
            }
        }
    }

    @Test func `What a call says in all isn't bounded, each of its messages is`() async throws {
        try await withAgentServer(configure: { $0.limits.messageSize = 10_000 }) { lab in
            let total = 200
            try await lab.connect(lab.site.credentials("acme")) { client in
                let authorising = Task {
                    try await client.answer(Authorisation(operations: [.processExec], fallback: .deny)) { _ in
                        Answer(.allow, reason: String(repeating: "r", count: 200))
                    }
                }
                defer { authorising.cancel() }
                try await eventually("asked") { !lab.platform.authorisers.isEmpty }
                let session = try #require(lab.platform.authorisers.first)
                for number in 1...total {
                    session.tell(.question(Samples.question(UInt64(number), path: "/bin/ls")))
                }
                try await eventually("40,000 bytes of answers") { session.answers.count == total }
            }
        }
    }

    @Test func `Requests that aren't complete are bounded together, and the next one has room again`() async throws {
        try await withServer(configure: {
            $0.limits.requestsSize = 200_000
            $0.limits.messageSize = 150_000
        }) { client, server in
            let refused = await #expect(throws: SallyportError.self) {
                try await client.applyPolicies([blockList(8_000)])
            }
            #expect(refused?.reason == nil)
            #expect(server.counters.requestsRefused == 1)
            for _ in 1...3 { _ = try await client.applyPolicies([blockList(4_000)]) }
            #expect(server.counters.requestsRefused == 1)
        }
    }

    @Test func `A message that the transport doesn't take breaks off its call and no other`() async throws {
        try await withServer(configure: { $0.limits.policySize = 1000 }) { client, _ in
            let long = try Samples.policy("p", pattern: "/" + String(repeating: "a", count: 3000))
            await #expect(throws: SallyportError.self) { try await client.applyPolicies([long]) }
            #expect(try await client.policies().isEmpty)
            let status = try await client.status()
            #expect(status == Samples.status)
        }
    }

    @Test func `A call that has little to say may not be as large as policies`() async throws {
        try await withServer(configure: { $0.limits.messageSize = 10_000 }) { client, server in
            let transport = try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: server.path), transportSecurity: .plaintext)
            try await withGRPCClient(transport: transport) { raw in
                let policies = Sallyport_V1_Policies.Client(wrapping: raw)
                var request = Sallyport_V1_GetRequest()
                request.name = String(repeating: "a", count: 9_000)
                let small = await #expect(throws: RPCError.self) { try await policies.get(request) }
                #expect(small?.code == .notFound)
                request.name = String(repeating: "a", count: 11_000)
                let large = await #expect(throws: RPCError.self) { try await policies.get(request) }
                #expect(large?.code == .unavailable)
                let again = try await Sallyport_V1_Platform.Client(wrapping: raw)
                    .getStatus(Sallyport_V1_GetStatusRequest())
                #expect(again.status.version == Samples.status.version)
            }
            // The same bytes are no more than `Apply` may have.
            let policy = try Samples.policy("p", pattern: "/" + String(repeating: "b", count: 3000))
            let several = (1...4).map { number in
                var copy = policy
                copy.name = "p\(number)"
                return copy
            }
            #expect(try await client.applyPolicies(several) == Samples.receipt(policies: 4))
        }
    }
}
