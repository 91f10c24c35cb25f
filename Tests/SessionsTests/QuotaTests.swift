// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Sessions
import Testing

/// What one vendor may have, over the wire.
@Suite struct QuotaTests {
    private func accounts(
        all: Int = .max, ringBytes: Int = 0, _ change: (inout VendorQuotas) -> Void
    ) -> VendorAccounts {
        var quotas = VendorQuotas()
        change(&quotas)
        return VendorAccounts(quotas: quotas, allSubscriptions: all, ringBytes: ringBytes)
    }

    private func refused(_ accounts: VendorAccounts, _ name: VendorQuotas.Name, _ vendor: String = "acme") -> UInt64? {
        accounts.usage(of: vendor).first { $0.limit.name == name.rawValue }?.refused
    }

    @Test func `a connection above a vendor's quota is refused by name, another vendor's isn't`() async throws {
        let accounts = accounts { $0.clients = 2 }
        try await withAgentServer(configure: { $0.accounts = accounts }) { lab in
            let credentials = try lab.site.credentials("acme")
            let other = try lab.site.credentials("bolt")
            try await lab.connect(credentials) { first in
                try await lab.connect(credentials) { second in
                    _ = try await first.greet()
                    _ = try await second.greet()
                    let error = await #expect(throws: SallyportError.self) {
                        try await lab.connect(credentials) { try await $0.greet() }
                    }
                    #expect(error?.code == .refused)
                    #expect(error?.reason == "vendor-clients")
                    #expect(error?.message.contains("close a connection") == true)
                    #expect(refused(accounts, .clients) == 1)
                    _ = try await lab.connect(other) { try await $0.greet() }
                    _ = try await first.greet()
                }
                try await eventually("the second is gone") { lab.server.connections(of: "acme") == 1 }
                _ = try await lab.connect(credentials) { try await $0.greet() }
            }
        }
    }

    @Test func `a subscription above a vendor's quota is refused by name, and free again when one ends`() async throws {
        let accounts = accounts { $0.subscriptions = 2 }
        try await withAgentServer(configure: { $0.accounts = accounts }) { lab in
            try await lab.connect(lab.site.credentials("acme")) { client in
                let kept = try await client.events()
                do {
                    let brief = try await client.events()
                    let error = await #expect(throws: SallyportError.self) { _ = try await client.events() }
                    #expect(error?.reason == "vendor-subscriptions")
                    #expect(refused(accounts, .subscriptions) == 1)
                    _ = brief
                }
                try await eventually("one has ended") { lab.platform.subscriptions.contains { $0.isCancelled } }
                _ = try await client.events()
                #expect(lab.platform.subscriptions.count == 3)
                _ = kept
            }
            try await eventually("all is given back") { accounts.usage(of: "acme").allSatisfy { $0.used == 0 } }
        }
    }

    @Test func `rings are bounded by their bytes, and a refused subscription keeps nothing`() async throws {
        let accounts = accounts(ringBytes: 4 << 20) { $0.ringBytes = 4 << 20 }
        try await withAgentServer(configure: { $0.accounts = accounts }) { lab in
            try await lab.connect(lab.site.credentials("acme")) { client in
                lab.platform.refuse(PlatformError(.filterInvalid, "not this one"))
                await #expect(throws: SallyportError.self) { _ = try await client.events() }
                #expect(accounts.usage(of: "acme").allSatisfy { $0.used <= 1 && $0.refused == 0 })
                lab.platform.refuse(nil)
                let kept = try await client.events()
                let error = await #expect(throws: SallyportError.self) { _ = try await client.events() }
                #expect(error?.reason == "vendor-ring-bytes")
                _ = kept
            }
        }
    }

    @Test func `vendors together leave the operator its subscriptions`() async throws {
        let accounts = accounts(all: 4) { $0.operatorSubscriptions = 2 }
        try await withAgentServer(configure: { $0.accounts = accounts }) { lab in
            try await lab.connect(lab.site.credentials("acme")) { client in
                let kept = [try await client.events(), try await client.events()]
                let error = await #expect(throws: SallyportError.self) { _ = try await client.events() }
                #expect(error?.reason == "subscriber-limit")
                try await SallyportClient.withConnection(to: lab.server.path) { site in
                    let own = [try await site.events(), try await site.events()]
                    #expect(own.count == 2)
                }
                #expect(kept.count == 2)
            }
        }
    }

    @Test func `rules, patterns and digests are refused by name, and the operator's never`() throws {
        let accounts = accounts {
            $0.rules = 2
            $0.patterns = 3
            $0.digests = 1
        }
        let acme = CallerIdentity.vendor(VendorIdentity(name: "acme", entitlements: .all))
        let digests = try (1...2).map { try #require(Digest(bytes: [UInt8](repeating: $0, count: 32))) }
        let lists: [(VendorQuotas.Name, Condition)] = [
            (.patterns, Condition(.path(PathList(try (1...4).map { try PathPattern("/\($0)") })))),
            (.digests, Condition(.digest(digests))),
        ]
        for (name, object) in lists {
            let policy = Policy(
                name: "p", vendor: "acme",
                rules: [Rule(name: "r", operations: [.processExec], object: object, action: .deny)])
            let error = #expect(throws: PlatformError.self) { try accounts.check([policy], by: acme) }
            #expect(error?.code.rawValue == name.rawValue)
            #expect(refused(accounts, name) == 1)
            try accounts.check([policy], by: .site)
        }
        let rule = Rule(name: "r", operations: [.processExec], action: .deny)
        let several = (1...3).map { Policy(name: "p\($0)", vendor: "acme", rules: [rule]) }
        try accounts.check(Array(several.prefix(2)), by: acme)
        let error = #expect(throws: PlatformError.self) { try accounts.check(several, by: acme) }
        #expect(error?.code.rawValue == "vendor-rules")
        accounts.note(several, vendors: ["acme"])
        #expect(accounts.usage(of: "acme").first { $0.limit.name == "vendor-rules" }?.used == 3)
    }

    @Test func `the greeting tells every quota`() async throws {
        try await withAgentServer { lab in
            let greeting = try await lab.connect(lab.site.credentials("acme")) { try await $0.greet() }
            for limit in VendorQuotas().named { #expect(greeting.limits.contains(limit)) }
            #expect(Set(greeting.limits.map(\.name)).count == greeting.limits.count)
        }
    }
}
