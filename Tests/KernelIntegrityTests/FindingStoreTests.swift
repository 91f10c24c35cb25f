// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import Testing

/// What checks see becomes findings, which stay the same ones as long as they are seen.
@Suite struct FindingStoreTests {
    private func seen(
        _ subject: String, _ severity: Finding.Severity = .violation, summary: String = "s"
    ) -> Observation {
        Observation(severity, subject: subject, summary: summary)
    }

    @Test func `What is seen again is the same finding, and nothing new is told of it`() {
        var store = FindingStore(firstID: 100)
        let first = store.take([seen("a")], of: "check", response: .report, at: 1)
        #expect(first.map(\.id) == [100] && first[0].firstSeen == 1 && first[0].ended == nil)
        #expect(store.take([seen("a")], of: "check", response: .report, at: 2).isEmpty)
        #expect(store.findings.map(\.lastSeen) == [2])
        #expect(store.openViolations(of: "check") == 1)
    }

    @Test func `What isn't seen any more has ended, and is another finding when it comes again`() {
        var store = FindingStore()
        _ = store.take([seen("a")], of: "check", response: .report, at: 1)
        let gone = store.take([], of: "check", response: .report, at: 2)
        #expect(gone.map(\.ended) == [2])
        #expect(store.openViolations(of: "check") == 0)
        let again = store.take([seen("a")], of: "check", response: .report, at: 3)
        #expect(again.map(\.id) == [2] && again[0].ended == nil)
        #expect(store.findings.count == 2)
    }

    @Test func `A look of one check ends nothing of another's`() {
        var store = FindingStore()
        _ = store.take([seen("a")], of: "one", response: .report, at: 1)
        _ = store.take([], of: "another", response: .report, at: 2)
        #expect(store.openViolations(of: "one") == 1)
    }

    @Test func `A finding that changes is told again under its id`() {
        var store = FindingStore()
        _ = store.take([seen("a", summary: "one place")], of: "check", response: .report, at: 1)
        let changed = store.take([seen("a", summary: "two places")], of: "check", response: .report, at: 2)
        #expect(changed.map(\.id) == [1] && changed[0].summary == "two places" && changed[0].firstSeen == 1)
    }

    @Test func `Only violations have a response`() {
        var store = FindingStore()
        let findings = store.take(
            [seen("a"), seen("b", .weakness), seen("c", .explained)], of: "check", response: .panic, at: 1)
        #expect(Set(findings.filter { $0.response == .panic }.map(\.subject)) == ["a"])
    }

    @Test func `Beyond the limit findings are one, and violations go before what is explained`() {
        var store = FindingStore()
        let explained = (0..<1000).map { seen("e\($0)", .explained) }
        _ = store.take(explained + [seen("bad")], of: "check", response: .report, at: 1)
        #expect(store.findings.count == FindingStore.openLimit)
        #expect(store.findings.contains { $0.subject == "bad" && $0.severity == .violation })
        #expect(store.findings.contains { $0.subject == "others" && $0.summary.hasPrefix("746 more") })
    }

    @Test func `Ended findings are kept up to a limit, the newest ones, and open ones always`() {
        var store = FindingStore()
        _ = store.take([seen("stays")], of: "other", response: .report, at: 1)
        for round in 0..<(FindingStore.endedLimit + 10) {
            _ = store.take([seen("a\(round)")], of: "check", response: .report, at: UInt64(round))
        }
        #expect(store.findings.count { $0.ended != nil } == FindingStore.endedLimit)
        #expect(store.findings.contains { $0.subject == "stays" })
        #expect(!store.findings.contains { $0.subject == "a0" })
    }

    @Test func `A later monitor of the same boot goes on with what was kept, and gives no id twice`() {
        var store = FindingStore(firstID: 10)
        _ = store.take([seen("a")], of: "check", response: .report, at: 1)
        var next = FindingStore(kept: store.findings, firstID: 3)
        #expect(next.take([seen("a")], of: "check", response: .report, at: 2).isEmpty)
        #expect(next.take([seen("a"), seen("b")], of: "check", response: .report, at: 3).map(\.id) == [11])
    }

    @Test func `A violation that an earlier monitor has kept is answered again when it is seen again, once`() {
        var store = FindingStore(firstID: 10)
        _ = store.take([seen("a"), seen("b", .weakness)], of: "check", response: .report, at: 1)
        var next = FindingStore(kept: store.findings, firstID: 3)
        let told = next.take([seen("a"), seen("b", .weakness)], of: "check", response: .isolate, at: 2)
        #expect(told.map(\.subject) == ["a"] && told[0].response == .isolate && told[0].firstSeen == 1)
        #expect(next.take([seen("a"), seen("b", .weakness)], of: "check", response: .isolate, at: 3).isEmpty)
        var third = FindingStore(kept: next.findings, firstID: 3)
        #expect(third.take([seen("a")], of: "check", response: .isolate, at: 4).map(\.subject) == ["a", "b"])
    }

    @Test func `Who did it may turn out later, and is told`() {
        var store = FindingStore()
        _ = store.take([seen("a")], of: "check", response: .report, at: 1)
        var known = seen("a")
        known.attribution = "module evil"
        #expect(store.take([known], of: "check", response: .report, at: 2).map(\.attribution) == ["module evil"])
    }

    @Test func `Several places of one subject are one finding with all of them`() {
        var store = FindingStore()
        let places = (0..<3).map { place in
            Observation(
                .violation, subject: "chain", summary: "s",
                differences: [Finding.Difference(symbol: "f\(place)", expected: [], found: [])])
        }
        let told = store.take(places, of: "check", response: .report, at: 1)
        #expect(told.count == 1 && told[0].differences.map(\.symbol) == ["f0", "f1", "f2"])
    }

    @Test func `A subject is cut as the API cuts it, between characters, so that it is known again`() {
        let long = String(repeating: "é", count: 200)
        let subject = seen(long + "x").subject
        #expect(subject == String(repeating: "é", count: 128) && seen(subject).subject == subject)
    }
}
