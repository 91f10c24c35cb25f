// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct QuotaLedgerTests {
    private func ledger(_ change: (inout VendorQuotas) -> Void = { _ in }, all: Int = .max) -> QuotaLedger {
        var quotas = VendorQuotas()
        change(&quotas)
        return QuotaLedger(quotas: quotas, allSubscriptions: all)
    }

    @Test(arguments: VendorQuotas.Name.allCases)
    func `a quota that is hit is named by the error and counted, for its vendor alone`(
        _ name: VendorQuotas.Name
    ) throws {
        var ledger = ledger()
        let limit = ledger.quotas[name]
        try ledger.take([name: limit], of: "acme")
        let error = #expect(throws: PlatformError.self) { try ledger.take([name: 1], of: "acme") }
        #expect(error?.code.rawValue == name.rawValue)
        #expect(error?.message.contains(name.rawValue) == true)
        #expect(error?.message.contains("\(limit)") == true)
        try ledger.take([name: limit], of: "bolt")
        let acme = try #require(ledger.usage(of: "acme").first { $0.limit.name == name.rawValue })
        #expect(
            acme == VendorQuota(limit: NamedLimit(name.rawValue, limit, name.unit), used: UInt64(limit), refused: 1))
        #expect(ledger.usage(of: "bolt").allSatisfy { $0.refused == 0 })
        ledger.release([name: 1], of: "acme")
        try ledger.take([name: 1], of: "acme")
    }

    @Test func `of several parts all are taken or none`() throws {
        var ledger = ledger { $0.ringBytes = 10 }
        let error = #expect(throws: PlatformError.self) {
            try ledger.take([.subscriptions: 1, .ringBytes: 11], of: "acme")
        }
        #expect(error?.code.rawValue == "vendor-ring-bytes")
        #expect(ledger.usage(of: "acme").allSatisfy { $0.used == 0 })
    }

    @Test func `all vendors together leave the operator its subscriptions`() throws {
        var ledger = ledger(all: 16)
        for vendor in ["acme", "bolt"] { try ledger.take([.subscriptions: 6], of: vendor) }
        let error = #expect(throws: PlatformError.self) { try ledger.take([.subscriptions: 1], of: "core") }
        #expect(error?.code == .subscriberLimit)
        #expect(error?.message.contains("operator-subscriptions") == true)
        ledger.release([.subscriptions: 1], of: "acme")
        try ledger.take([.subscriptions: 1], of: "core")
    }

    @Test func `what a vendor's policies come to is rules, patterns and digests of its own`() throws {
        let digest = try #require(Digest(bytes: [UInt8](repeating: 1, count: Digest.byteCount)))
        let list = PathList([try PathPattern("/a/**"), try PathPattern("/b")])
        let rule = Rule(
            name: "r", operations: [.processExec], subject: Condition(.exe(list)),
            object: Condition(.digest([digest]), not: [.path(list)]), action: .deny)
        let policies = [
            Policy(name: "own", vendor: "acme", scope: Condition(.cgroup(list)), rules: [rule, rule]),
            Policy(name: "other", vendor: "bolt", rules: [rule]),
        ]
        #expect(policies.quotaUse(of: "acme") == [.rules: 2, .patterns: 10, .digests: 2])
        var ledger = ledger { $0.patterns = 9 }
        let error = #expect(throws: PlatformError.self) {
            try ledger.check(policies.quotaUse(of: "acme"), of: "acme")
        }
        #expect(error?.code.rawValue == "vendor-patterns")
    }

    @Test func `the quotas let several vendors live side by side`() {
        let quotas = VendorQuotas()
        #expect(quotas.rules * 4 <= 4096)
        #expect(quotas.patterns * 4 <= 65_536)
        #expect(quotas.digests * 4 <= 2_097_152)
        #expect(quotas.subscriptions * 2 + quotas.operatorSubscriptions <= 16)
        #expect(quotas.clients * 4 <= 256)
        #expect(Set(quotas.named.map(\.name)).count == quotas.named.count)
    }
}
