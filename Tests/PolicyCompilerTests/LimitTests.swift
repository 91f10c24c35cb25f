// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

@Suite struct LimitTests {
    private let policies = [
        Policy.fixture("p", [.deny("a", ["/a/{b,c}/*"]), .deny("b", ["/d/e"])]),
        Policy.fixture("q", [.deny("a", ["/a/**"])]),
        Policy.fixture(
            "values",
            [
                Rule(
                    name: "a", operations: [.processCreate],
                    subject: Condition(
                        .group([.id(1), .id(2)]), .digest([.fixture(1), .fixture(2), .fixture(1)]),
                        not: [.user([.id(1), .id(2)]), .group([.id(3)]), .digest([.fixture(3), .fixture(1)])]),
                    action: .deny, unknownDigest: .deny)
            ]),
    ]

    private func error(_ change: (inout PolicyCompiler.Limits) -> Void) -> PolicyCompilerError? {
        var limits = PolicyCompiler.Limits()
        change(&limits)
        do throws(PolicyCompilerError) {
            _ = try PolicyCompiler.compile(policies, limits: limits)
            return nil
        } catch { return error }
    }

    private func name(_ change: (inout PolicyCompiler.Limits) -> Void) -> PolicyCompilerError.Limit? {
        guard case .limit(let limit, let allowed, let reached) = error(change) else { return nil }
        return reached > allowed ? limit : nil
    }

    @Test func nothingIsRefusedWithinTheLimits() { #expect(error { _ in } == nil) }

    @Test func everyLimitIsNamedWithTheFigureThatWasReached() {
        #expect(error { $0.policies = 1 } == .limit(.policies, allowed: 1, reached: 3))
        #expect(error { $0.rules = 2 } == .limit(.rules, allowed: 2, reached: 6))
        #expect(error { $0.patterns = 3 } == .limit(.patterns, allowed: 3, reached: 4))
        #expect(name { $0.positions = 5 } == .positions)
        #expect(name { $0.states = 5 } == .states)
        #expect(name { $0.transitions = 5 } == .transitions)
        #expect(name { $0.classes = 2 } == .classes)
        #expect(name { $0.setWords = 4 } == .setWords)
        #expect(error { $0.values = 2 } == .limit(.values, allowed: 2, reached: 5))
        #expect(error { $0.lists = 1 } == .limit(.lists, allowed: 1, reached: 2))
        #expect(error { $0.digests = 2 } == .limit(.digests, allowed: 2, reached: 3))
    }

    @Test func theMessageSaysWhatToDo() {
        #expect(
            error { $0.rules = 2 }?.description
                == "the policies together exceed the limit 'rules': 6 where 2 are allowed; join rules that differ in their"
                + " paths only: a rule takes any number of patterns (a rule whose 'not' has several fields counts as"
                + " several)")
    }

    @Test func fourThousandAndNinetySixRulesAreAcceptedAndOneMoreIsNot() throws {
        func policy(_ count: Int) -> Policy { .fixture("p", (0..<count).map { .deny("r\($0)", ["/d\($0)/*"]) }) }
        let tables = try PolicyCompiler.compile([policy(4096)])
        #expect(tables.verdict("/d4095/x") == .deny)
        #expect(tables.rule(.exec("/d77/x")) == "r77")
        #expect(throws: PolicyCompilerError.limit(.rules, allowed: 4096, reached: 4097)) {
            try PolicyCompiler.compile([policy(4097)])
        }
    }

    @Test func rulesWithoutAConditionMoveToAnAutomatonOfTheirOwnWhenSetsGrowTooLarge() throws {
        // Half the rules have a condition on the object, half on the subject: each class of objects has all rules of
        // the other half in its set.
        let rules = (0..<512).map { number -> Rule in
            var rule = Rule.deny("r\(number)", ["/d\(number)/x"])
            if number % 2 == 1 {
                rule.subject = Condition(.exe(PathList(rule.objectPatterns)))
                rule.object = nil
            }
            return rule
        }
        let policies = [Policy.fixture("p", rules)]
        let whole = try PolicyCompiler.compile(policies)
        #expect(whole.automata == 1 && whole.notes.isEmpty)
        var limits = PolicyCompiler.Limits()
        limits.setWords = whole.sets.count / 2
        let moved = try PolicyCompiler.compile(policies, limits: limits)
        #expect(moved.automata == 2)
        #expect(moved.notes.count == 1)
        var verdicts: [Verdict: Int] = [:]
        for number in 0..<512 {
            for (subject, object) in [("/d\(number)/x", "/e"), ("/e", "/d\(number)/x"), ("/e", "/f")] {
                let expected = whole.decide(.exec(object, by: subject))
                #expect(moved.decide(.exec(object, by: subject)) == expected)
                verdicts[expected.verdict, default: 0] += 1
            }
        }
        #expect(verdicts == [.deny: 512, .allow: 1024])
    }

    @Test func policiesWhosePatternsMultiplyAreSplitAndDecideTheSame() throws {
        let patterns = (0..<12).map { "/**/x\($0)/**/y\($0)" }
        let inverted = Rule(
            name: "not", operations: [.imageLoad],
            object: Condition(not: [.path(.fixture([patterns[0], patterns[1]]))]), action: .deny)
        let policies = [Policy.fixture("p", patterns.enumerated().map { .deny("r\($0)", [$1]) } + [inverted])]
        var limits = PolicyCompiler.Limits()
        limits.states = 2000
        let tables = try PolicyCompiler.compile(policies, limits: limits)
        #expect(tables.automata > 1)
        #expect(tables.notes.count == 1)
        let reference = ReferenceEvaluator(policies)
        var random = SplitMix64(seed: 11)
        var denied = 0
        for _ in 0..<2000 {
            let path = ObservedPath(
                (0..<4).map { _ in "/" + random.pick(["x", "y"]) + "\(random.below(6))" }.joined())
            for operation in [Operation.processExec, .imageLoad] {
                var attempt = Attempt.exec(path)
                attempt.operation = operation
                let expected = reference.decide(attempt)
                #expect(tables.decide(attempt).verdict == expected.verdict)
                #expect(tables.rule(attempt) == expected.rule)
                if expected.verdict == .deny, operation == .processExec { denied += 1 }
            }
        }
        #expect(denied > 200 && denied < 1800)
    }

    @Test func anInvertedListStaysWholeWhenPatternsAreSpread() throws {
        let patterns = (0..<12).map { "/**/x\($0)/**/y\($0)" }
        let inverted = Rule(
            name: "inverted", operations: [.imageLoad],
            object: Condition(not: [.path(.fixture(Array(patterns[3..<9])))]), action: .deny)
        let rules = [Rule.deny("a", Array(patterns[..<3])), inverted, Rule.deny("z", Array(patterns[9...]))]
        var limits = PolicyCompiler.Limits()
        limits.states = 6000
        let tables = try PolicyCompiler.compile([.fixture("p", rules)], limits: limits)
        #expect(tables.automata > 1)
        for number in 0..<12 {
            let path = ObservedPath("/x\(number)/y\(number)")
            let isInList = (3..<9).contains(number)
            var attempt = Attempt.exec(path)
            attempt.operation = .imageLoad
            #expect(tables.decide(attempt).verdict == (isInList ? .allow : .deny), "\(path.text)")
            let exec = tables.decide(.exec(path)).verdict
            #expect(exec == (isInList ? .allow : .deny), "\(path.text)")
        }
    }
}
