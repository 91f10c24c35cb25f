// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// Which rule asks about what is held.
@Suite struct QuestionTests {
    private func asked(_ policies: Policy..., about attempt: Attempt = .exec("/tmp/x")) throws -> String? {
        let tables = try PolicyCompiler.compile(policies)
        let (verdict, rule) = tables.decide(attempt)
        let decision = ReferenceEvaluator(policies).decide(attempt)
        #expect(verdict == decision.verdict && rule.map { tables.names[$0].rule } ?? "" == decision.rule)
        return tables.question(on: attempt).map { "\(tables.names[$0].policy)/\(tables.names[$0].rule)" }
    }

    private func policy(
        _ name: String, _ action: Rule.Action, of vendor: String = "site", mode: Policy.Mode = .enforce,
        subject: Condition? = nil, then next: Rule.Action? = nil
    ) -> Policy {
        func rule(_ action: Rule.Action, _ subject: Condition?) -> Rule {
            Rule(
                name: action.rawValue, operations: [.processExec], subject: subject, action: action,
                onTimeout: action == .ask ? .deny : nil)
        }
        return Policy(
            name: name, vendor: vendor, mode: mode,
            rules: [rule(action, subject)] + (next.map { [rule($0, nil)] } ?? []))
    }

    @Test func withinATierDenyWinsOverAskAndAskOverAllow() throws {
        for vendor in ["site", "acme"] {
            let ask = policy("ask", .ask, of: vendor)
            let (allow, deny) = (policy("allow", .allow, of: vendor), policy("deny", .deny, of: vendor))
            #expect(try asked(allow, ask) == "ask/ask")
            #expect(try asked(ask, allow) == "ask/ask")
            #expect(try asked(ask, deny) == nil)
            #expect(try asked(deny, ask) == nil)
        }
    }

    @Test func whatTheSiteSaysIsFinalForVendors() throws {
        #expect(try asked(policy("v", .deny, of: "acme"), policy("s", .ask)) == "s/ask")
        #expect(try asked(policy("v", .ask, of: "acme"), policy("s", .allow)) == nil)
        #expect(try asked(policy("v", .ask, of: "acme"), policy("s", .deny)) == nil)
        #expect(try asked(policy("v", .ask, of: "acme"), policy("w", .deny, of: "zenith")) == nil)
    }

    @Test func theFirstRuleOfAPolicyThatMatchesDecides() throws {
        let root = Condition(.user([.id(0)]))
        let other = Condition(.user([.id(7)]))
        #expect(try asked(policy("p", .allow, subject: root, then: .ask)) == nil)
        #expect(try asked(policy("p", .allow, subject: other, then: .ask)) == "p/ask")
        #expect(try asked(policy("p", .ask, subject: other, then: .allow)) == nil)
    }

    @Test func aPolicyInAuditModeAsksNobodyAndHidesNoQuestion() throws {
        #expect(try asked(policy("p", .ask, mode: .audit)) == nil)
        #expect(try asked(policy("d", .deny, mode: .audit), policy("p", .ask, of: "acme")) == "p/ask")
    }

    @Test func whatIsNotKnownYetIsAskedAboutRatherThanNot() throws {
        let cron = Condition(.ancestor(.fixture(["/usr/sbin/cron"])))
        // Whether it comes of cron, only the kernel knows: it denies after the answer, or it doesn't.
        #expect(try asked(policy("d", .deny, subject: cron), policy("p", .ask)) == "p/ask")
        #expect(try asked(policy("p", .allow, subject: cron, then: .ask)) == "p/ask")
    }

    @Test func theTablesSayWhatHasToBeHeldAndForHowLong() throws {
        var rule = Rule(
            name: "r", operations: [.fileOpen], access: [.write], action: .ask, timeoutMilliseconds: 70,
            onTimeout: .allow)
        var tables = try PolicyCompiler.compile([.fixture("p", [rule])])
        #expect(tables.heldOperations == [.fileOpen] && tables.heldAccess == [.write])
        #expect(tables.asking[0]?.timeoutMilliseconds == 70 && tables.asking[0]?.onTimeout == .allow)
        rule.timeoutMilliseconds = nil
        rule.access = []
        tables = try PolicyCompiler.compile([.fixture("p", [rule])])
        #expect(tables.heldAccess == [.read, .write])
        #expect(tables.asking[0]?.timeoutMilliseconds == Rule.defaultTimeoutMilliseconds)
        #expect(try PolicyCompiler.compile([.fixture("p", mode: .audit, [rule])]).heldOperations.isEmpty)
    }

    /// Without the rules that ask for what isn't known of a held operation.
    private static func knownPart(of policy: Policy) -> Policy? {
        func isKnown(_ condition: FieldCondition) -> Bool { Field.knownWhenHeld.contains(condition.field) }
        var part = policy
        part.rules.removeAll { !$0.fieldConditions.allSatisfy(isKnown) }
        if !(policy.scope.map { $0.all + $0.not } ?? []).allSatisfy(isKnown) { part.scope = nil }
        return part.rules.isEmpty ? nil : part
    }

    /// Whatever else policies ask for: an attempt that a rule asks about is asked about, and where everything is known,
    /// nothing else is.
    @Test func randomPoliciesAskAboutWhatTheyMeanTo() throws {
        var random = SplitMix64(seed: 0x5a11_a5c)
        var (questions, exact, silent) = (0, 0, 0)
        for round in 0..<1800 {
            var policies = RandomPolicies.policies(using: &random)
            if round.isMultiple(of: 2) { policies = policies.compactMap(Self.knownPart(of:)) }
            guard policies.contains(where: { $0.rules.contains { $0.action == .ask } }) else { continue }
            let tables = try PolicyCompiler.compile(policies, accounts: RandomPolicies.accounts)
            let reference = ReferenceEvaluator(policies, accounts: RandomPolicies.accounts)
            let isKnown = policies.allSatisfy { policy in
                policy.fieldConditions.allSatisfy { Field.knownWhenHeld.contains($0.field) }
            }
            let source = RandomAttempts(policies)
            for _ in 0..<60 {
                let attempt = source.attempt(using: &random)
                guard OperationCatalogue.description(of: attempt.operation).canAsk else { continue }
                let decision = reference.decide(attempt)
                let rule = policies.first { $0.name == decision.policy }?.rules.first { $0.name == decision.rule }
                let question = tables.question(on: attempt).map { tables.names[$0] }
                let isAsked = rule?.action == .ask && decision.verdict == .allow
                if isAsked {
                    questions += 1
                    #expect(question != nil, "\(attempt) by \(policies)")
                }
                guard isKnown, decision.verdict != .audit else { continue }
                if question == nil { silent += 1 } else { exact += 1 }
                let isRight = isAsked ? question?.rule == decision.rule : question == nil
                #expect(isRight, "\(attempt) by \(policies): \(decision), \(question?.rule ?? "nobody")")
            }
        }
        #expect(questions > 500 && exact > 100 && silent > 100, "\(questions) \(exact) \(silent)")
    }
}
