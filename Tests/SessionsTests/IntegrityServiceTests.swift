// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import Sallyport
import Sessions
import Synchronization
import Testing

/// `Integrity` and `Inspection` over the wire, over a platform without a kernel.
@Suite struct IntegrityServiceTests {
    /// Every call of both services.
    private static let calls: [(name: String, call: @Sendable (SallyportClient) async throws -> Void)] = [
        ("findings", { _ = try await $0.integrity.findings() }),
        ("watch", { try await $0.integrity.watch { _, _ in } }),
        ("status", { _ = try await $0.integrity.status() }),
        ("scan", { try await $0.integrity.scan() }),
        ("explained", { _ = try await $0.integrity.explained() }),
        ("end isolation", { try await $0.integrity.endIsolation() }),
        ("areas", { _ = try await $0.inspection.areas() }),
        ("read", { _ = try await $0.inspection.read("kernel.text") }),
    ]

    private static let done = ScanProgress(.done(IntegritySamples.check("modules")), completed: 1, total: 1)

    private func served<Result: Sendable>(
        _ platform: FakeIntegrityPlatform, configure: (inout APIServer.Configuration) -> Void = { _ in },
        _ body: (SallyportClient) async throws -> Result
    ) async throws -> Result {
        try await withServer(configure: {
            $0.integrity = platform
            configure(&$0)
        }) { client, _ in try await body(client) }
    }

    private func reason(_ call: () async throws -> Void) async -> String? {
        let error = await #expect(throws: SallyportError.self) { try await call() }
        return error?.reason
    }

    // MARK: Who may

    @Test func `who isn't entitled to inspect-kernel is refused by every call, and nothing is done for it`()
        async throws
    {
        let platform = FakeIntegrityPlatform()
        try await withAgentServer(configure: { $0.integrity = platform }) { lab in
            let words = ["notify:*", "ask:*", "manage-policy"]
            try await lab.connect(lab.site.credentials("acme", words)) { client in
                for (name, call) in Self.calls {
                    #expect(await reason { try await call(client) } == "not-entitled", "\(name)")
                }
                let greeting = try await client.greet()
                #expect(greeting.services.allSatisfy { $0 != "Integrity" && $0 != "Inspection" })
            }
        }
        platform.state.withLock { state in
            #expect(state.scans.isEmpty && state.reads.isEmpty && state.subscriptions.isEmpty)
            #expect(state.explainedBy.isEmpty)
        }
    }

    @Test func `an entitled vendor and the site are served, and their greeting lists both services`() async throws {
        let platform = FakeIntegrityPlatform { $0.progress = [Self.done] }
        try await withAgentServer(configure: { $0.integrity = platform }) { lab in
            func use(_ client: SallyportClient) async throws {
                #expect(try await client.integrity.isAvailable())
                #expect(try await client.inspection.isAvailable())
                for (name, call) in Self.calls where !["watch", "end isolation"].contains(name) {
                    try await call(client)
                }
                let watches = platform.subscriptions.count
                let watching = Task { try await client.integrity.watch { _, _ in } }
                try await eventually("watched") { platform.subscriptions.count == watches + 1 }
                watching.cancel()
                _ = await watching.result
            }
            try await lab.connect(lab.site.credentials("acme", ["inspect-kernel"])) { try await use($0) }
            try await SallyportClient.withConnection(to: lab.server.path) { try await use($0) }
        }
        let callers = platform.state.withLock { $0.reads.map(\.caller.name) }
        #expect(callers == ["acme", "site"])
    }

    @Test func `where the kernel isn't watched every call says so, and the greeting lists neither`() async throws {
        try await withAgentServer { lab in
            func use(_ client: SallyportClient) async throws {
                for (name, call) in Self.calls {
                    let error = await #expect(throws: SallyportError.self) { try await call(client) }
                    #expect(error?.code == .notAvailable && error?.reason == "not-available", "\(name)")
                }
                let greeting = try await client.greet()
                #expect(greeting.services.allSatisfy { $0 != "Integrity" && $0 != "Inspection" })
            }
            try await lab.connect(lab.site.credentials("acme", ["inspect-kernel"])) { try await use($0) }
            try await SallyportClient.withConnection(to: lab.server.path) { try await use($0) }
        }
    }

    @Test func `a kernel that can't be watched after all isn't told as one in which nothing was found`() async throws {
        let platform = FakeIntegrityPlatform {
            $0.refusal = PlatformError(.notAvailable, "the kernel hides its symbols")
        }
        try await served(platform) { client in
            for (name, call) in Self.calls where name != "status" {
                let error = await #expect(throws: SallyportError.self) { try await call(client) }
                #expect(error?.code == .notAvailable && error?.message.contains("hides") == true, "\(name)")
            }
        }
    }

    @Test func `a vendor's streams are bounded, and one that has ended makes room`() async throws {
        let platform = FakeIntegrityPlatform()
        var quotas = VendorQuotas()
        quotas.kernelCalls = 2
        let accounts = VendorAccounts(quotas: quotas)
        try await withAgentServer(configure: {
            $0.integrity = platform
            $0.accounts = accounts
        }) { lab in
            try await lab.connect(lab.site.credentials("acme", ["inspect-kernel"])) { client in
                let watches = (1...2).map { _ in Task { try await client.integrity.watch { _, _ in } } }
                try await eventually("both watch") { platform.subscriptions.count == 2 }
                #expect(await reason { _ = try await client.inspection.areas() } == "vendor-kernel-calls")
                _ = try await client.integrity.status()
                try await SallyportClient.withConnection(to: lab.server.path) { _ = try await $0.inspection.areas() }
                watches[0].cancel()
                try await eventually("room") { (try? await client.inspection.areas()) != nil }
                watches[1].cancel()
                for watch in watches { _ = await watch.result }
            }
        }
        try await eventually("all is given back") { accounts.usage(of: "acme").allSatisfy { $0.used == 0 } }
    }

    // MARK: Findings

    @Test func `findings arrive with all that is known of them`() async throws {
        var plain = Finding(
            id: 4, check: "modules", severity: .weakness, subject: "", summary: "", firstSeen: 1, lastSeen: 1)
        plain.process = nil
        let findings = [
            IntegritySamples.finding(1), IntegritySamples.finding(2, .explained),
            IntegritySamples.finding(3, .weakness, check: "modules", ended: 1_700_000_000_000_000_009), plain,
        ]
        let platform = FakeIntegrityPlatform { $0.findings = findings }
        try await served(platform) { client in
            let all = try await client.integrity.findings()
            #expect(all == findings)
            let open = try await client.integrity.findings(openOnly: true)
            #expect(open.map(\.id) == [1, 2, 4])
            let ofModules = try await client.integrity.findings(of: ["modules"])
            #expect(ofModules.map(\.id) == [3, 4])
            let openOfModules = try await client.integrity.findings(of: ["modules"], openOnly: true)
            #expect(openOfModules.map(\.id) == [4])
            let ofBoth = try await client.integrity.findings(of: ["kernel-text", "modules"])
            #expect(ofBoth.count == 4)
        }
    }

    @Test func `of stored findings those that another version wrote are counted, and the others are read`() throws {
        let findings = [IntegritySamples.finding(1), IntegritySamples.finding(2)]
        // One more element of the message's first field, with nothing in it.
        let bytes = try StoredFindings.bytes(findings) + [0x0a, 0x00]
        let (read, unreadable) = try StoredFindings.findings(in: bytes)
        #expect(read == findings && unreadable == 1)
        #expect(throws: (any Error).self) { try StoredFindings.findings(in: Array(bytes.dropLast())) }
    }

    @Test func `a name that no check has is refused, so that a slip doesn't look like nothing found`() async throws {
        let platform = FakeIntegrityPlatform { $0.findings = [IntegritySamples.finding(1, check: "former-check")] }
        try await served(platform) { client in
            #expect(await reason { _ = try await client.integrity.findings(of: ["module"]) } == "filter-invalid")
            #expect(await reason { _ = try await client.integrity.explained(by: "module") } == "filter-invalid")
            #expect(await reason { try await client.integrity.watch(of: ["module"]) { _, _ in } } == "filter-invalid")
            // What a former version has found stays to be asked for.
            let former = try await client.integrity.findings(of: ["former-check"])
            #expect(former.map(\.id) == [1])
        }
    }

    @Test func `many findings arrive in batches, all of them and in order`() async throws {
        let findings = (1...2_000).map { IntegritySamples.finding($0) }
        let platform = FakeIntegrityPlatform { $0.findings = findings }
        try await served(platform, configure: { $0.limits.batchSize = 10_000 }) { client in
            let all = try await client.integrity.findings()
            #expect(all == findings)
        }
    }

    // MARK: Watching

    /// What a watch has been told, message by message.
    private final class Told: Sendable {
        private let messages = Mutex<[(ids: [UInt64], missed: UInt64)]>([])

        var count: Int { messages.withLock { $0.count } }
        var ids: [[UInt64]] { messages.withLock { $0.map(\.ids) } }
        var missed: [UInt64] { messages.withLock { $0.map(\.missed) } }

        func note(_ ids: [UInt64], _ missed: UInt64) { messages.withLock { $0.append((ids, missed)) } }
    }

    private func watching(
        _ client: SallyportClient, _ platform: FakeIntegrityPlatform, of checks: [String] = [],
        minimum: Finding.Severity = .explained,
        _ body: (FakeFindingSubscription, Told, Task<Void, any Error>) async throws -> Void
    ) async throws {
        let told = Told()
        let task = Task {
            try await client.integrity.watch(of: checks, minimum: minimum) { findings, missed in
                told.note(findings.map(\.id), missed)
            }
        }
        defer { task.cancel() }
        try await eventually("watched") { platform.subscriptions.count == 1 }
        try await body(platform.subscriptions[0], told, task)
    }

    @Test func `a watch delivers what is wanted, and how much was missed`() async throws {
        let platform = FakeIntegrityPlatform()
        try await served(platform) { client in
            try await watching(client, platform, of: ["modules"], minimum: .weakness) { subscription, told, _ in
                subscription.feed([
                    IntegritySamples.finding(1, .violation, check: "modules"),
                    IntegritySamples.finding(2, .explained, check: "modules"),
                    IntegritySamples.finding(3, .weakness, check: "modules"),
                    IntegritySamples.finding(4, .violation, check: "kernel-text"),
                ])
                subscription.feed([IntegritySamples.finding(5, .explained, check: "modules")], missed: 7)
                subscription.feed([IntegritySamples.finding(6, check: "modules", ended: 9)], missed: 2)
                try await eventually("told") { told.count == 3 }
                #expect(told.ids == [[1, 3], [], [6]] && told.missed == [0, 7, 2])
            }
        }
    }

    @Test func `what was missed is told once, however many messages there are`() async throws {
        let platform = FakeIntegrityPlatform()
        try await served(platform, configure: { $0.limits.batchElements = 10 }) { client in
            try await watching(client, platform) { subscription, told, _ in
                subscription.feed((1...25).map { IntegritySamples.finding($0) }, missed: 3)
                try await eventually("told") { told.count == 3 }
                #expect(told.ids.flatMap(\.self) == Array(1...25) && told.missed == [3, 0, 0])
            }
        }
    }

    @Test func `a watch ends when the platform stops, and says why`() async throws {
        let platform = FakeIntegrityPlatform()
        try await served(platform) { client in
            try await watching(client, platform) { subscription, told, task in
                subscription.feed([IntegritySamples.finding(1)])
                subscription.end()
                #expect(await reason { try await task.value } == "stopping")
                #expect(told.ids == [[1]])
            }
        }
    }

    @Test func `the server's stop ends a watch under way at once`() async throws {
        let platform = FakeIntegrityPlatform()
        try await withServer(configure: {
            $0.integrity = platform
            $0.shutdownGrace = .seconds(20)
        }) { client, server in
            try await watching(client, platform) { subscription, _, task in
                #expect(server.counters.watches == 1)
                server.beginGracefulShutdown()
                let took = await ContinuousClock().measure {
                    #expect(await reason { try await task.value } == "stopping")
                }
                #expect(subscription.isCancelled && took < .seconds(5))
            }
        }
    }

    @Test func `a client that cancels lets go of its subscription, though there is nothing to tell`() async throws {
        let platform = FakeIntegrityPlatform()
        try await withServer(configure: { $0.integrity = platform }) { client, server in
            try await watching(client, platform) { subscription, _, task in
                task.cancel()
                let error = await #expect(throws: SallyportError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                try await eventually("cancelled") { subscription.isCancelled }
                try await eventually("forgotten") { server.counters.watches == 0 }
            }
        }
    }

    @Test func `a client that disconnects lets go of its subscription, too`() async throws {
        let platform = FakeIntegrityPlatform()
        try await withServer(configure: { $0.integrity = platform }) { _, server in
            let other = try SallyportClient(socketPath: server.path)
            let running = Task { try await other.run() }
            try await watching(other, platform) { subscription, _, _ in
                running.cancel()
                try await eventually("cancelled") { subscription.isCancelled }
            }
            try await running.value
        }
    }

    // MARK: The monitor

    @Test func `the operator ends isolation and is told its reason, a vendor that may inspect doesn't`() async throws {
        let platform = FakeIntegrityPlatform { $0.isolation = "kernel-text: it was patched" }
        try await withAgentServer(configure: { $0.integrity = platform }) { lab in
            try await lab.connect(lab.site.credentials("acme", ["inspect-kernel"])) { client in
                #expect(await reason { try await client.integrity.endIsolation() } == "site-only")
            }
        }
        #expect(platform.state.withLock { $0.isolation } != nil)
        try await served(platform) { client in
            let first = try await client.integrity.endIsolation()
            let second = try await client.integrity.endIsolation()
            #expect(first == "kernel-text: it was patched" && second == nil)
            platform.state.withLock { $0.refusal = PlatformError(.sealed, "sealed") }
            #expect(await reason { try await client.integrity.endIsolation() } == "sealed")
        }
    }

    @Test func `a scan tells of its checks in order`() async throws {
        let steps = [
            ScanProgress(.begun("kernel-text"), completed: 0, total: 2),
            ScanProgress(.done(IntegritySamples.check("kernel-text", isFull: true)), completed: 1, total: 2),
            ScanProgress(.begun("modules"), completed: 1, total: 2),
            ScanProgress(.done(IntegritySamples.check("modules")), completed: 2, total: 2),
        ]
        let platform = FakeIntegrityPlatform { $0.progress = steps }
        let told = Mutex<[ScanProgress]>([])
        try await served(platform) { client in
            try await client.integrity.scan(["kernel-text", "modules"]) { step in told.withLock { $0.append(step) } }
            try await client.integrity.scan()
        }
        #expect(told.withLock { $0 } == steps)
        #expect(platform.state.withLock { $0.scans } == [["kernel-text", "modules"], []])
    }

    @Test func `half a scan isn't taken for a whole one`() async throws {
        let platform = FakeIntegrityPlatform {
            $0.progress = [
                ScanProgress(.begun("kernel-text"), completed: 0, total: 2),
                ScanProgress(.done(IntegritySamples.check("kernel-text")), completed: 1, total: 2),
            ]
        }
        try await served(platform) { client in
            #expect(await reason { try await client.integrity.scan() } == "stopping")
            platform.state.withLock { $0.progress = [] }
            #expect(await reason { try await client.integrity.scan() } == "stopping")
        }
    }

    @Test func `the monitor's status arrives with all that is known`() async throws {
        try await served(FakeIntegrityPlatform()) { client in
            let status = try await client.integrity.status()
            #expect(status == IntegritySamples.status)
        }
    }

    @Test func `thousands of explained changes arrive in batches, all of them and in order`() async throws {
        let changes = (1...5_000).map {
            ExplainedChange(kind: "static key", name: "key_\($0)", places: $0, first: "function_\($0)+0x10")
        }
        let platform = FakeIntegrityPlatform { $0.changes = changes }
        try await served(platform) { client in
            let all = try await client.integrity.explained()
            #expect(all == changes)
            let ofText = try await client.integrity.explained(by: "kernel-text")
            #expect(ofText.count == 5_000)
        }
        #expect(platform.state.withLock { $0.explainedBy } == [nil, "kernel-text"])
    }

    // MARK: Inspection

    @Test func `areas and pieces of all kinds arrive as they were read`() async throws {
        let areas = [
            InspectionArea(name: "kernel.rodata", kind: .readOnlyData, size: 9, summary: "constants"),
            InspectionArea(name: "kernel.text", kind: .text, size: 1 << 40, summary: "code"),
            InspectionArea(name: "table.interrupts", kind: .table, size: 256, summary: "gates"),
        ]
        let pieces = [
            InspectedPiece(offset: 4096, content: .data((0...255).map { UInt8($0) } + [0, 0])),
            InspectedPiece(offset: 4354, content: .missing(12_288)),
            InspectedPiece(
                offset: 3,
                content: .entries([
                    InspectedEntry(name: "vector 3", symbol: "asm_exc_int3", offset: 5, module: "odd\u{7}\u{fffd}"),
                    InspectedEntry(symbol: ""),
                ])),
        ]
        let platform = FakeIntegrityPlatform {
            $0.areas = areas
            $0.pieces = pieces
        }
        try await served(platform) { client in
            let told = try await client.inspection.areas()
            #expect(told == areas)
            let read = try await client.inspection.read("kernel.text", from: 4096, length: .max)
            #expect(read == pieces)
            _ = try await client.inspection.read("kernel.rodata")
        }
        #expect(
            platform.state.withLock { $0.reads } == [
                .init(area: "kernel.text", offset: 4096, length: .max, caller: .site),
                .init(area: "kernel.rodata", offset: 0, length: 0, caller: .site),
            ])
    }

    @Test func `refusals of reads arrive with their reasons`() async throws {
        let platform = FakeIntegrityPlatform()
        try await served(platform) { client in
            for code in [PlatformError.Code.areaNotFound, .inspectionQuota, .filterInvalid] {
                platform.state.withLock { $0.refusal = PlatformError(code, "not this one") }
                let error = await #expect(throws: SallyportError.self) { _ = try await client.inspection.read("x") }
                #expect(error?.code == .refused && error?.reason == code.rawValue)
                #expect(error?.message.contains("not this one") == true)
            }
        }
    }
}
