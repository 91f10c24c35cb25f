// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// Rules whose `not` has several fields are several clauses.
@Suite struct ClauseTests {
    private let fields: [FieldCondition] = [
        .user([.id(1)]), .group([.id(2)]), .exe(.fixture(["/bin/a"])), .capability([Capability("bpf")!]),
    ]

    @Test func aClauseForEachChoiceOfOneInvertedFieldOfEveryGroup() throws {
        let rule = Rule(
            name: "many", operations: [.processSignal], subject: Condition(fields[3], not: Array(fields[..<2])),
            object: Condition(not: Array(fields[..<3])), action: .deny)
        let plain = Rule(name: "plain", operations: [.processSignal], action: .allow)
        let policies = [
            Policy.fixture("p", scope: Condition(not: Array(fields[..<2])), [plain, rule]),
            Policy.fixture("q", [plain]),
        ]
        let tables = try PolicyCompiler.compile(policies)
        #expect(tables.names.map(\.rule) == ["plain", "plain"] + Array(repeating: "many", count: 12) + ["plain"])
        #expect(tables.rules.map(\.policyEnd) == Array(repeating: 14, count: 14) + [15])
        #expect(tables.statistics.rules == 3 && tables.statistics.clauses == 15)
    }

    @Test func theLimitIsOnClausesAndTheMessageSaysSo() {
        let rules = (0..<400).map { number in
            Rule(
                name: "r\(number)", operations: [.processSignal], subject: Condition(not: fields),
                object: Condition(not: Array(fields[..<3])), action: .deny)
        }
        #expect {
            try PolicyCompiler.compile([.fixture("p", rules)])
        } throws: { error in
            let text = "\(error)"
            return text.contains("'rules': 4800 where 4096 are allowed") && text.contains("counts as several")
        }
    }

    @Test func sixtyFourListsOfAKindAreAcceptedAndOneMoreIsNot() throws {
        func policy(_ count: Int) -> Policy {
            .fixture(
                "p",
                (0..<count).map { number in
                    Rule(
                        name: "r\(number)", operations: [.processCreate],
                        subject: Condition(.ancestor(.fixture(["/bin/a\(number)"])), .group([.id(UInt32(number))])),
                        action: .deny)
                })
        }
        let tables = try PolicyCompiler.compile([policy(64)])
        #expect(tables.lists.count == 128)
        let process = ProcessFacts(
            exe: .init("/x"), ancestors: [.init("/bin/a63"), .init("/bin/a0")], groups: [1, 63])
        #expect(tables.rule(.create(by: process)) == "r63")
        #expect(throws: PolicyCompilerError.limit(.lists, allowed: 64, reached: 65)) {
            try PolicyCompiler.compile([policy(65)])
        }
    }

    @Test func shrinkingKeepsWhatMattersOnly() throws {
        var random = SplitMix64(seed: 5)
        let rule = Rule.deny("wanted", ["/a/*", "/b", "/c"])
        let policies = RandomPolicies.policies(using: &random) + [.fixture("mine", [.allow("x", ["/x"]), rule])]
        let smallest = PolicyShrinking.smallest(policies) { policies in
            guard let tables = try? PolicyCompiler.compile(policies, accounts: RandomPolicies.accounts) else {
                return false
            }
            return tables.rule(.exec("/b")) == "wanted"
        }
        #expect(smallest.count == 1 && smallest[0].rules.count == 1)
        #expect(smallest[0].rules[0].object == nil)
    }
}
