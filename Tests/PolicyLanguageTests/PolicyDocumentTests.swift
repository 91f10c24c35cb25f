// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

@Suite struct PolicyDocumentTests {
    @Test func aSoundFileGivesItsPolicyAndNothingToSay() throws {
        let document = PolicyFile.parse(PolicyFile.text())
        #expect(document.diagnostics == [])
        let both: [Operation] = [.processExec, .imageLoad]
        #expect(
            document.policies == [
                Policy(
                    name: "no-code-from-tmp", vendor: "site", mode: .enforce,
                    rules: [
                        Rule(
                            name: "package-manager", operations: both,
                            subject: PathCondition(patterns: [
                                try PathPattern("/usr/bin/dpkg"), try PathPattern("/usr/bin/apt*"),
                            ]),
                            action: .allow),
                        Rule(
                            name: "world-writable", operations: both,
                            object: PathCondition(patterns: [try PathPattern("/tmp/**")], unresolvable: true),
                            action: .deny),
                    ])
            ])
    }

    @Test func oneFileMayHoldSeveralPolicies() {
        let second = PolicyFile.text(replacing: [4: "  name: other"])
        let document = PolicyFile.parse("# two\n---\n" + PolicyFile.text() + "---\n" + second + "---\n# none\n")
        #expect(document.diagnostics == [])
        #expect(document.policies.map(\.name) == ["no-code-from-tmp", "other"])
    }

    @Test func oneErrorMakesTheWholeFileUnusable() {
        let second = PolicyFile.text(replacing: [4: "  name: Other"])
        let document = PolicyFile.parse(PolicyFile.text() + "---\n" + second)
        #expect(document.policies == [])
        #expect(document.hasErrors)
        #expect(document.diagnostics.map(\.line) == [21])
    }

    @Test func aSingleValueStandsForAListOfOne() throws {
        let document = PolicyFile.parse(
            PolicyFile.rules(
                "name: r\non: process.exec\nsubject: {exe: /a}\nobject: {path: unresolvable}\naction: deny"))
        #expect(document.diagnostics == [])
        let rule = try #require(document.policies.first?.rules.first)
        #expect(rule.operations == [.processExec])
        #expect(rule.subject == PathCondition(patterns: [try PathPattern("/a")]))
        #expect(rule.object == PathCondition(patterns: [], unresolvable: true))
    }

    @Test func notInvertsAList() throws {
        let document = PolicyFile.parse(
            PolicyFile.rules(
                "name: r\non: image.load\nsubject: {not: {exe: [/a, unresolvable]}}\n"
                    + "object:\n  not:\n    path:\n      - /usr/**\naction: deny"))
        #expect(document.diagnostics == [])
        let rule = try #require(document.policies.first?.rules.first)
        #expect(rule.subject == PathCondition(patterns: [try PathPattern("/a")], unresolvable: true, inverted: true))
        #expect(rule.object == PathCondition(patterns: [try PathPattern("/usr/**")], inverted: true))
    }

    @Test func vendorModeAndSummaryHaveDefaults() throws {
        let document = PolicyFile.parse(PolicyFile.rules("name: r\non: process.exec\naction: deny"))
        let policy = try #require(document.policies.first)
        #expect(policy.vendor == "site" && policy.mode == .enforce && policy.summary == "")
    }

    @Test func valuesAreTextWhateverTheyLookLike() throws {
        let document = PolicyFile.parse(
            PolicyFile.text(replacing: [4: "  name: 1.0", 5: "  vendor: null\n  summary: yes", 9: "    - name: on"]))
        #expect(document.diagnostics == [])
        let policy = try #require(document.policies.first)
        #expect(
            policy.name == "1.0" && policy.vendor == "null" && policy.summary == "yes" && policy.rules[0].name == "on")
    }

    @Test func bytesThatAreNoTextOrTooManyAreRefused() {
        let invalid = PolicyDocument.parse(bytes: [0xff, 0xfe], file: "p.yaml")
        #expect(
            invalid.diagnostics.map(\.description) == [
                "p.yaml:1:1: error: the file isn't UTF-8: save it in that encoding"
            ])
        let large = PolicyDocument.parse(bytes: [UInt8](repeating: 0x20, count: 1 << 20 | 1), file: "p.yaml")
        #expect(large.diagnostics.first?.message == "the file has 1048577 bytes, more than the limit of 1048576")
        #expect(PolicyFile.parse(String(repeating: " ", count: 1 << 20 | 1)).diagnostics == large.diagnostics)
    }

    @Test func deepNestingIsRefusedBeforeItIsParsed() {
        let brackets = PolicyFile.parse("apiVersion: " + String(repeating: "[", count: 100_000))
        #expect(brackets.diagnostics.map(\.message) == ["brackets are nested more than 16 deep"])
        #expect(brackets.diagnostics.map(\.column) == [29])
        let dashes = PolicyFile.parse(String(repeating: "- ", count: 100_000) + "a")
        #expect(dashes.diagnostics.map(\.message) == ["the line is indented by more than 64 columns"])
    }

    @Test func anyPrefixOfAFileAndAnyChangedByteIsAnsweredWithoutHarm() {
        // Whatever the text, there is an answer: a policy, or at least one error with a place in the file.
        let text = PolicyFile.text(replacing: [
            11: "      subject: {not: {exe: [\"/usr/bin/d\\x41pkg\", '/usr/bin/a''t*']}}"
        ])
        var sound = 0
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            for byte in [nil] + Array(":[{'\"*&!|-#\n\t\u{7f}".utf8).map(Optional.some) {
                var changed = bytes
                if let byte { changed[index] = byte } else { changed.removeSubrange(index...) }
                let document = PolicyDocument.parse(bytes: changed, file: "p.yaml")
                #expect(document.hasErrors == document.policies.isEmpty)
                let lines = changed.count { $0 == UInt8(ascii: "\n") } + 1
                for diagnostic in document.diagnostics {
                    #expect(diagnostic.line >= 1 && diagnostic.line <= lines && diagnostic.column >= 1)
                }
                if !document.hasErrors { sound += 1 }
            }
        }
        #expect(sound > 50)
    }
}
