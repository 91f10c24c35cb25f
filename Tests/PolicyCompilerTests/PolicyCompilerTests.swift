// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

@Suite struct PolicyCompilerTests {
    private func tables(_ policies: [Policy], limits: PolicyCompiler.Limits = .init()) throws -> PolicyTables {
        try PolicyCompiler.compile(policies, limits: limits)
    }

    @Test func withoutPoliciesEverythingIsAllowedAndNoRuleDecides() throws {
        let tables = try tables([])
        let (verdict, rule) = tables.decide(.exec("/tmp/a", by: "/bin/sh"))
        #expect(verdict == .allow && rule == nil)
        #expect(tables.ruleCount == 0)
        #expect(tables.automata == 1)
        #expect(tables.sets == [0])
        #expect(tables.operationSets == [UInt32](repeating: 0, count: 32))
        #expect(tables.operations == 0 && tables.used == [])
    }

    @Test func rulesAreNumberedBySiteFirstThenPolicyThenRule() throws {
        let tables = try tables([
            .fixture("acme-1", vendor: "acme", [.deny("a", ["/a"]), .deny("b", ["/b"])]),
            .fixture("site-1", [.deny("c", ["/c"])]),
            .fixture("acme-2", vendor: "acme", [.deny("d", ["/d"])]),
            .fixture("site-2", mode: .audit, [.deny("e", ["/e"]), .allow("f", ["/f"])]),
        ])
        #expect(tables.names.map(\.rule) == ["c", "e", "f", "a", "b", "d"])
        #expect(tables.rules.map(\.tier) == [1, 1, 1, 2, 2, 2])
        #expect(tables.rules.map(\.policyEnd) == [1, 3, 3, 5, 5, 6])
        #expect(tables.rules.map(\.action) == [2, 3, 4, 2, 2, 2])
    }

    @Test func theFirstMatchingRuleDecidesForItsPolicy() throws {
        let tables = try tables([.fixture("p", [.allow("mine", ["/tmp/mine"]), .deny("all", ["/tmp/**"])])])
        #expect(tables.verdict("/tmp/mine") == .allow)
        #expect(tables.verdict("/tmp/other") == .deny)
    }

    @Test func withinATierADenyWinsOverAnAllowWhateverTheOrder() throws {
        let allow = Policy.fixture("allow", [.allow("a", ["/x"])])
        let deny = Policy.fixture("deny", [.deny("d", ["/x"])])
        #expect(try tables([allow, deny]).verdict("/x") == .deny)
        #expect(try tables([deny, allow]).verdict("/x") == .deny)
    }

    @Test func whatTheSiteAllowsNoVendorCanDeny() throws {
        let site = Policy.fixture("site", [.allow("a", ["/x"])])
        let vendor = Policy.fixture("vendor", vendor: "acme", [.deny("d", ["/x", "/y"])])
        let tables = try tables([vendor, site])
        #expect(tables.verdict("/x") == .allow)
        #expect(tables.verdict("/y") == .deny)
    }

    @Test func anAuditPolicyReportsAndNeitherAllowsNorDenies() throws {
        let audit = Policy.fixture("audit", mode: .audit, [.allow("a", ["/ok"]), .deny("d", ["/**"])])
        let vendor = Policy.fixture("vendor", vendor: "acme", [.deny("v", ["/ok", "/bad"])])
        let tables = try tables([audit, vendor])
        #expect(tables.verdict("/x") == .audit)
        // The audit policy's allow ends its own evaluation, not the tier's.
        #expect(tables.verdict("/ok") == .deny)
        #expect(tables.verdict("/bad") == .deny)
        let (verdict, rule) = tables.decide(.exec("/x"))
        #expect(verdict == .audit && rule.map { tables.names[$0].rule } == "d")
    }

    @Test func anUnresolvablePathMatchesOnlyRulesThatSaySoAndInvertedOnesThatDoNot() throws {
        func verdict(_ condition: Condition?) throws -> Verdict {
            let rule = Rule(name: "r", operations: [.processExec], object: condition, action: .deny)
            return try tables([.fixture("p", [rule])]).decide(.exec(.unresolvable)).verdict
        }
        func path(_ patterns: [String], unresolvable: Bool) -> FieldCondition {
            .path(.fixture(patterns, unresolvable: unresolvable))
        }
        #expect(try verdict(Condition(path(["/**"], unresolvable: false))) == .allow)
        #expect(try verdict(Condition(path(["/**"], unresolvable: true))) == .deny)
        #expect(try verdict(Condition(path([], unresolvable: true))) == .deny)
        #expect(try verdict(Condition(not: [path(["/**"], unresolvable: false)])) == .deny)
        #expect(try verdict(Condition(not: [path(["/**"], unresolvable: true)])) == .allow)
        #expect(try verdict(nil) == .deny)
    }

    @Test func aListOfOnlyTheWordUnresolvableMatchesNoResolvedPath() throws {
        let only = FieldCondition.path(PathList([], unresolvable: true))
        let rules = [
            Rule(name: "only", operations: [.processExec], object: Condition(only), action: .deny),
            Rule(name: "none", operations: [.imageLoad], object: Condition(not: [only]), action: .deny),
        ]
        let tables = try tables([.fixture("p", rules)])
        var attempt = Attempt.exec("/x")
        #expect(tables.decide(attempt).verdict == .allow)
        attempt.operation = .imageLoad
        #expect(tables.decide(attempt).verdict == .deny)
    }

    @Test func aRuleAppliesToItsOperationsAndItsSubjectsOnly() throws {
        var rule = Rule.deny("r", ["/tmp/**"])
        rule.subject = Condition(.exe(.fixture(["/usr/bin/*"])))
        let create = Rule(
            name: "c", operations: [.processCreate], subject: Condition(.exe(.fixture(["/bin/x"]))), action: .deny)
        let tables = try tables([.fixture("p", [rule, create])])
        #expect(tables.decide(.exec("/tmp/a", by: "/usr/bin/a")).verdict == .deny)
        #expect(tables.decide(.exec("/tmp/a", by: "/opt/a")).verdict == .allow)
        var load = Attempt.exec("/tmp/a", by: "/usr/bin/a")
        load.operation = .imageLoad
        #expect(tables.decide(load).verdict == .allow)
        #expect(tables.decide(.create(by: ProcessFacts(exe: .init("/bin/x")))).verdict == .deny)
        #expect(tables.decide(.create(by: ProcessFacts(exe: .init("/usr/bin/a")))).verdict == .allow)
        #expect(tables.operations == 1 << 1 | 1 << 2)
    }

    @Test func equalSetsAreKeptOnce() throws {
        let rules = (0..<100).map { Rule.deny("r\($0)", ["/d\($0)/**"]) }
        let tables = try tables([.fixture("p", rules)])
        // One class a rule and one for the rest; on the subject's side all are one set, on the object's each is a
        // summary and a word; and the set of all rules, two words long.
        #expect(tables.classes.count == 101)
        #expect(Set(tables.classes.map { $0.set[1] }).count == 1)
        #expect(Set(tables.classes.map { $0.set[0] }).count == 101)
        #expect(tables.sets.count == 1 + 100 * 2 + 3)
    }

    @Test func structuresHaveTheLayoutOfTheKernels() {
        #expect(MemoryLayout<PolicyTables.Rule>.stride == 8)
        #expect(MemoryLayout<PolicyTables.Rule>.offset(of: \.tier) == 1)
        #expect(MemoryLayout<PolicyTables.Rule>.offset(of: \.policyEnd) == 4)
        #expect(MemoryLayout<PolicyTables.Class>.stride == 48)
        #expect(MemoryLayout<PolicyTables.Class>.offset(of: \.set) == 0)
        #expect(MemoryLayout<PolicyTables.Class>.offset(of: \.ancestors) == 40)
        #expect(MemoryLayout<PolicyTables.Value>.stride == 24)
        #expect(MemoryLayout<PolicyTables.Value>.offset(of: \.groups) == 8)
        #expect(MemoryLayout<PolicyTables.Value>.offset(of: \.set) == 16)
        #expect(MemoryLayout<PolicyTables.List>.stride == 40)
        #expect(MemoryLayout<PolicyTables.List>.offset(of: \.bit) == 1)
        #expect(MemoryLayout<PolicyTables.List>.offset(of: \.capabilities) == 8)
        #expect(MemoryLayout<PolicyTables.List>.offset(of: \.holds) == 16)
        #expect(MemoryLayout<PolicyTables.List>.offset(of: \.fails) == 24)
        #expect(MemoryLayout<PolicyTables.List>.offset(of: \.unknown) == 32)
        #expect(MemoryLayout<PolicyTables.DigestEntry>.stride == 48)
        #expect(MemoryLayout<PolicyTables.DigestEntry>.offset(of: \.set) == 32)
        #expect(MemoryLayout<PolicyTables.State>.stride == 8)
        #expect(MemoryLayout<PolicyTables.State>.offset(of: \.base) == 0)
        #expect(MemoryLayout<PolicyTables.Transition>.stride == 8)
        #expect(MemoryLayout<PolicyTables.Transition>.offset(of: \.check) == 0)
    }

    @Test func compilingTheSamePoliciesTwiceGivesTheSameTables() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<50 {
            let policies = RandomPolicies.policies(using: &random)
            let accounts = RandomPolicies.accounts
            let a = try PolicyCompiler.compile(policies, accounts: accounts)
            let b = try PolicyCompiler.compile(policies, accounts: accounts)
            #expect(a.states == b.states && a.transitions == b.transitions && a.accept == b.accept)
            #expect(a.classes == b.classes && a.sets == b.sets && a.starts == b.starts)
            #expect(a.digests == b.digests && a.values.map(\.key) == b.values.map(\.key))
        }
    }
}
