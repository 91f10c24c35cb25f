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
        let (verdict, rule) = tables.decide(.processExec, subject: .init("/bin/sh"), object: .init("/tmp/a"))
        #expect(verdict == .allow && rule == nil)
        #expect(tables.ruleCount == 0)
        #expect(tables.automata == 1)
        #expect(tables.sets == [0])
        #expect(tables.operationSets == [UInt32](repeating: 0, count: 16))
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
        let (verdict, rule) = tables.decide(.processExec, subject: nil, object: .init("/x"))
        #expect(verdict == .audit && rule.map { tables.names[$0].rule } == "d")
    }

    @Test func anUnresolvablePathMatchesOnlyRulesThatSaySoAndInvertedOnesThatDoNot() throws {
        let unresolvable = ObservedPath(bytes: [], unresolvable: .tooLong)
        func verdict(_ condition: PathCondition?) throws -> Verdict {
            let rule = Rule(name: "r", operations: [.processExec], object: condition, action: .deny)
            return try tables([.fixture("p", [rule])]).decide(.processExec, subject: nil, object: unresolvable).verdict
        }
        let everything = [try PathPattern("/**")]
        #expect(try verdict(.init(patterns: everything)) == .allow)
        #expect(try verdict(.init(patterns: everything, unresolvable: true)) == .deny)
        #expect(try verdict(.init(patterns: [], unresolvable: true)) == .deny)
        #expect(try verdict(.init(patterns: everything, inverted: true)) == .deny)
        #expect(try verdict(.init(patterns: everything, unresolvable: true, inverted: true)) == .allow)
        #expect(try verdict(nil) == .deny)
    }

    @Test func aListOfOnlyTheWordUnresolvableMatchesNoResolvedPath() throws {
        let only = PathCondition(patterns: [], unresolvable: true)
        let none = PathCondition(patterns: [], unresolvable: true, inverted: true)
        let rules = [
            Rule(name: "only", operations: [.processExec], object: only, action: .deny),
            Rule(name: "none", operations: [.imageLoad], object: none, action: .deny),
        ]
        let tables = try tables([.fixture("p", rules)])
        #expect(tables.decide(.processExec, subject: nil, object: .init("/x")).verdict == .allow)
        #expect(tables.decide(.imageLoad, subject: nil, object: .init("/x")).verdict == .deny)
    }

    @Test func aRuleAppliesToItsOperationsAndItsSubjectsOnly() throws {
        var rule = Rule.deny("r", ["/tmp/**"])
        rule.subject = PathCondition(patterns: [try PathPattern("/usr/bin/*")])
        let create = Rule(
            name: "c", operations: [.processCreate], subject: PathCondition(patterns: [try PathPattern("/bin/x")]),
            action: .deny)
        let tables = try tables([.fixture("p", [rule, create])])
        let (inside, outside) = (ObservedPath("/usr/bin/a"), ObservedPath("/opt/a"))
        #expect(tables.subjectConditions == 1)
        #expect(tables.decide(.processExec, subject: inside, object: .init("/tmp/a")).verdict == .deny)
        #expect(tables.decide(.processExec, subject: outside, object: .init("/tmp/a")).verdict == .allow)
        #expect(tables.decide(.processExec, subject: nil, object: .init("/tmp/a")).verdict == .allow)
        #expect(tables.decide(.imageLoad, subject: inside, object: .init("/tmp/a")).verdict == .allow)
        #expect(tables.decide(.processCreate, subject: .init("/bin/x"), object: nil).verdict == .deny)
        #expect(tables.decide(.processCreate, subject: inside, object: nil).verdict == .allow)
    }

    @Test func equalSetsAreKeptOnce() throws {
        let rules = (0..<100).map { Rule.deny("r\($0)", ["/d\($0)/**"]) }
        let tables = try tables([.fixture("p", rules)])
        // One class a rule and one for the rest; on the subject's side all are one set, on the object's each is a
        // summary and a word; and the set of all rules, two words long.
        #expect(tables.classes.count == 101)
        #expect(Set(tables.classes.map(\.subjectSet)).count == 1)
        #expect(tables.sets.count == 1 + 100 * 2 + 3)
    }

    @Test func structuresHaveTheLayoutOfTheKernels() {
        #expect(MemoryLayout<PolicyTables.Rule>.stride == 8)
        #expect(MemoryLayout<PolicyTables.Rule>.offset(of: \.tier) == 1)
        #expect(MemoryLayout<PolicyTables.Rule>.offset(of: \.policyEnd) == 4)
        #expect(MemoryLayout<PolicyTables.Class>.stride == 8)
        #expect(MemoryLayout<PolicyTables.Class>.offset(of: \.objectSet) == 0)
        #expect(MemoryLayout<PolicyTables.State>.stride == 8)
        #expect(MemoryLayout<PolicyTables.State>.offset(of: \.base) == 0)
        #expect(MemoryLayout<PolicyTables.Transition>.stride == 8)
        #expect(MemoryLayout<PolicyTables.Transition>.offset(of: \.check) == 0)
    }

    @Test func compilingTheSamePoliciesTwiceGivesTheSameTables() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<50 {
            let policies = RandomPolicies.policies(using: &random)
            let (a, b) = (try tables(policies), try tables(policies))
            #expect(a.states == b.states && a.transitions == b.transitions && a.accept == b.accept)
            #expect(a.classes == b.classes && a.sets == b.sets && a.starts == b.starts)
        }
    }
}
