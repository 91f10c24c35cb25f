// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PathAutomaton
import PolicyCompiler
import Testing

@Suite struct PathAgreementTests {
    @Test func theCompiledAutomatonAgreesWithThePlainMatcherOnAHundredThousandRandomPairs() throws {
        var random = SplitMix64(seed: 0x5a11_7900)
        var pairs = 0
        var matching = 0
        while pairs < 100_000 {
            // Lists of patterns; some must stay whole, as if they were used inverted.
            let conditions = (0..<1 + random.below(5)).map { _ in
                PathAutomaton.Condition(
                    patterns: (0..<1 + random.below(4)).map { _ in RandomPaths.pattern(using: &random) },
                    isDivisible: random.oneIn(2))
            }
            let automaton = try PathAutomaton(conditions)
            let patterns = conditions.flatMap(\.patterns)
            let parsed = conditions.map { $0.patterns.flatMap(\.alternatives) }
            for _ in 0..<100 {
                let path = RandomPaths.path(near: patterns, using: &random)
                let expected = parsed.indices.filter { index in
                    parsed[index].contains { PathPattern.matches($0, path) }
                }
                let found = automaton.conditions(satisfiedBy: path).map(Int.init)
                guard found == expected else {
                    Issue.record(
                        """
                        \(String(decoding: path, as: UTF8.self)) satisfies \(expected), the automaton says \(found), of \
                        \(conditions.map { $0.patterns.map(\.text) })
                        """)
                    return
                }
                pairs += 1
                if !expected.isEmpty { matching += 1 }
            }
        }
        // Neither outcome may be so rare that agreement means little.
        #expect(matching > pairs / 5)
        #expect(pairs - matching > pairs / 5)
    }
}
