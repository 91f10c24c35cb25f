// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// What becomes of an attempt while something isn't known.
@Suite struct UnknownFactTests {
    private func decides(_ rule: Rule, _ attempt: Attempt, scope: Condition? = nil) throws -> Bool {
        let policies = [Policy.fixture("p", scope: scope, [rule])]
        let found = try PolicyCompiler.compile(policies).decide(attempt).rule != nil
        #expect(ReferenceEvaluator(policies).decide(attempt).rule.isEmpty == !found)
        return found
    }

    private func rule(_ action: Rule.Action, unknown: Rule.Fallback?, subject: Condition? = nil) -> Rule {
        Rule(
            name: "r", operations: [.processExec], subject: subject, action: action, unknownDigest: unknown,
            timeoutMilliseconds: action == .ask ? 500 : nil, onTimeout: action == .ask ? .allow : nil)
    }

    @Test(arguments: Rule.Action.allCases, Rule.Fallback.allCases)
    func aRuleOnAnUnknownDigestMatchesWhereItBringsAboutWhatIsWanted(
        _ action: Rule.Action, _ unknown: Rule.Fallback
    ) throws {
        let attempt = Attempt.exec("/a")
        let expected = (action != .allow) == (unknown == .deny)
        let digest = FieldCondition.digest([.fixture(1)])
        for condition in [Condition(digest), Condition(not: [digest])] {
            var rule = rule(action, unknown: unknown)
            #expect(try decides(rule, attempt, scope: condition) == expected)
            rule.object = condition
            #expect(try decides(rule, attempt) == expected)
            rule.object = nil
            rule.subject = condition
            #expect(try decides(rule, attempt) == expected)
        }
    }

    @Test(arguments: Rule.Action.allCases) func ancestorsThatCouldNotBeKeptAreHeldAgainstTheAttempt(
        _ action: Rule.Action
    ) throws {
        let ancestor = FieldCondition.ancestor(.fixture(["/usr/sbin/sshd"]))
        var subject = ProcessFacts(exe: ObservedPath("/bin/a"), hasUnknownAncestors: true)
        for condition in [Condition(ancestor), Condition(not: [ancestor])] {
            let rule = rule(action, unknown: nil, subject: condition)
            subject.ancestors = []
            #expect(try decides(rule, .exec(ObservedPath("/a"), by: subject)) == (action != .allow))
            // A known one settles it.
            subject.ancestors = [ObservedPath("/usr/sbin/sshd")]
            #expect(try decides(rule, .exec(ObservedPath("/a"), by: subject)) == condition.not.isEmpty)
        }
    }

    @Test func eachInvertedFieldIsJudgedByItself() throws {
        let digest = FieldCondition.digest([.fixture(1)])
        let (mine, others) = (FieldCondition.user([.id(0)]), FieldCondition.user([.id(1)]))
        func decides(_ unknown: Rule.Fallback, _ user: FieldCondition) throws -> Bool {
            let condition = Condition(not: [digest, user])
            return try self.decides(rule(.deny, unknown: unknown, subject: condition), .exec("/a"))
        }
        #expect(try decides(.deny, mine))
        #expect(try !decides(.allow, mine))
        #expect(try decides(.allow, others))
    }

    @Test(arguments: Rule.Fallback.allCases) func whereNothingCanBeHeldARuleThatAsksDoesWhatItsTimeoutSays(
        _ fallback: Rule.Fallback
    ) throws {
        var rule = rule(.ask, unknown: nil)
        rule.onTimeout = fallback
        let tables = try PolicyCompiler.compile([.fixture("p", [rule])], asking: false)
        let reference = ReferenceEvaluator([.fixture("p", [rule])], asking: false)
        #expect(reference.decide(.exec("/a")).verdict == tables.decide(.exec("/a")).verdict)
        #expect(tables.question(on: .exec("/a")) == nil && tables.heldOperations.isEmpty)
        #expect(tables.decide(.exec("/a")).verdict == (fallback == .deny ? .deny : .allow))
        #expect(tables.decide(.exec("/a")).rule == 0)
        #expect(tables.notes.count == 1 && tables.notes[0].contains("(\(fallback.rawValue))"))
    }
}
