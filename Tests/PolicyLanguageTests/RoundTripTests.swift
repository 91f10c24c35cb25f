// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

@Suite struct RoundTripTests {
    @Test func aPolicyWrittenAsYAMLIsReadBackAsItWas() throws {
        var random = Random(state: 0x5a11_7902)
        var read = 0
        for number in 0..<2000 {
            let policy = random.policy(number)
            let text = PolicyDocument.yaml(for: policy)
            let document = PolicyFile.parse(text)
            // Random rules may be unreachable; nothing else may be wrong with them.
            let errors = document.diagnostics.filter { $0.severity == .error }
            if errors.isEmpty {
                try #require(document.policies == [policy], "\(text)")
                read += 1
            } else {
                try #require(
                    errors.allSatisfy {
                        $0.message.contains("is unreachable") || $0.message.contains("matches nothing")
                    },
                    "\(errors)\n\(text)")
            }
        }
        #expect(read > 1000)
    }

    @Test func theTextIsTheOneThatPeopleWrite() throws {
        let policy = try #require(PolicyFile.parse(PolicyFile.text(replacing: [7: "  mode: audit"])).policies.first)
        #expect(
            PolicyDocument.yaml(for: policy) == """
                apiVersion: sallyport.dev/v1
                kind: Policy
                metadata:
                  name: no-code-from-tmp
                  vendor: site
                spec:
                  mode: audit
                  rules:
                    - name: package-manager
                      on: [process.exec, image.load]
                      subject:
                        exe:
                          - '/usr/bin/dpkg'
                          - '/usr/bin/apt*'
                      action: allow
                    - name: world-writable
                      on: [process.exec, image.load]
                      object:
                        path:
                          - '/tmp/**'
                          - unresolvable
                      action: deny

                """)
    }
}

/// Policies with patterns that are awkward to write in YAML.
private struct Random {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }

    mutating func policy(_ number: Int) -> Policy {
        let rules = (0..<1 + below(4)).map { rule($0) }
        return Policy(
            name: "p.\(number)", vendor: below(2) == 0 ? "site" : "acme-1",
            summary: ["", "it's: \"so\" # no", "ä€😀 -"][below(3)],
            mode: below(2) == 0 ? .enforce : .audit, rules: rules)
    }

    private mutating func rule(_ number: Int) -> Rule {
        let takesObject = below(4) != 0
        return Rule(
            name: ["on", "null", "1e3", "true"][number],
            operations: takesObject ? [.imageLoad, .processExec] : [.processCreate],
            subject: below(2) == 0 ? condition() : nil, object: takesObject ? condition() : nil,
            action: below(2) == 0 ? .allow : .deny)
    }

    private mutating func condition() -> PathCondition {
        let unresolvable = below(3) == 0
        var patterns: [PathPattern] = []
        for _ in 0..<(unresolvable ? 0 : 1) + below(3) {
            let pattern = pattern()
            if !patterns.contains(pattern) { patterns.append(pattern) }
        }
        return PathCondition(patterns: patterns, unresolvable: unresolvable, inverted: below(3) == 0)
    }

    private mutating func pattern() -> PathPattern {
        let pieces = [
            "a", " ", "'", "\"", "#", ": ", "- ", "\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "ä", "😀",
            "\u{e000}",
            "\\\\", "\\*", "{a,b}", "[!a-z]", "*", "?", "/**", "&x", "!y", "|", "%", "@", "`", "~", "\u{1}",
        ]
        while true {
            var text = below(4) == 0 ? "**/" : "/"
            for _ in 0..<1 + below(5) { text += pieces[below(pieces.count)] }
            if let pattern = try? PathPattern(text) { return pattern }
        }
    }
}
