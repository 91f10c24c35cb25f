// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

@Suite struct ReferenceAgreementTests {
    @Test func theTablesAgreeWithTheReferenceEvaluatorOnTwentyThousandRandomQuestions() throws {
        var random = SplitMix64(seed: 0x5a11_7901)
        var questions = 0
        var counts: [Verdict: Int] = [:]
        var undecided = 0
        while questions < 20_000 {
            let policies = RandomPolicies.policies(using: &random)
            let tables = try PolicyCompiler.compile(policies)
            let reference = ReferenceEvaluator(policies)
            for _ in 0..<80 {
                let question = RandomPolicies.question(about: policies, using: &random)
                let expected = reference.decide(
                    question.operation, subject: question.subject, object: question.object)
                let (verdict, rule) = tables.decide(
                    question.operation, subject: question.subject, object: question.object)
                let name = rule.map { tables.names[$0] }
                guard verdict == expected.verdict, (name?.policy ?? "") == expected.policy,
                    (name?.rule ?? "") == expected.rule, (name?.vendor ?? "") == expected.vendor
                else {
                    Issue.record("\(question): expected \(expected), found \(verdict) by \(String(describing: name))")
                    return
                }
                questions += 1
                counts[verdict, default: 0] += 1
                if rule == nil { undecided += 1 }
            }
        }
        for verdict in Verdict.allCases {
            #expect(counts[verdict, default: 0] > questions / 20, "\(verdict) is too rare for agreement to mean much")
        }
        #expect(undecided > questions / 20)
        #expect(undecided < questions * 2 / 3)
    }
}
