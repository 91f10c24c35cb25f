// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage
import Testing

/// Every mistake, with the exact place and wording.
@Suite struct DiagnosticTests {
    @Test(arguments: Mistake.all)
    func aMistakeIsReportedWhereItIsWithWhatToWriteInstead(_ mistake: Mistake) {
        let found = PolicyFile.parse(mistake.text).diagnostics.map(\.description)
        #expect(found == mistake.expected.map { "p.yaml:" + $0 })
    }

    @Test(arguments: ["\r", "\u{85}", "\u{2028}", "\u{2029}"])
    func aLineEndThatAReaderDoesNotSeeIsRefused(_ end: String) {
        // For the parser a comment ends there: what follows would be in force and look like a part of it.
        let text = PolicyFile.text(replacing: [:]) + "# harmless\(end)mode: audit\n"
        let parsed = PolicyFile.parse(text)
        #expect(parsed.diagnostics.map(\.severity) == [.error])
        #expect(parsed.diagnostics.first?.message.contains("a line ends with U+") == true)
        #expect(parsed.policies.isEmpty)
    }

    @Test func aCarriageReturnBeforeALineFeedIsFine() {
        let text = PolicyFile.text(replacing: [:]).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(PolicyFile.parse(text.joined(separator: "\r\n")).diagnostics.isEmpty)
    }

    @Test func aFileOfNothingButMistakesIsReadInAMoment() {
        let patterns = (0..<20_000).map { "'relative-\($0)'" }.joined(separator: ", ")
        let text = PolicyFile.text(replacing: [15: "      object: {path: [\(patterns)]}"])
        let clock = ContinuousClock()
        let start = clock.now
        #expect(PolicyFile.parse(text).diagnostics.count == 20_000)
        #expect(clock.now - start < .seconds(10))
    }

    @Test func allMistakesOfAFileAreReportedInItsOrder() {
        let text = PolicyFile.text(replacing: [
            2: "kind: Polizy", 4: "  name: Bad", 7: "  mode: audti", 10: "      on: [process.exce, process.exit]",
            12: "      action: aks", 15: "      object: {path: ['/tmp//x', 'tmp'], digset: a}",
        ])
        let found = PolicyFile.parse(text).diagnostics
        #expect(
            found.map { "\($0.line):\($0.column)" } == [
                "2:7", "4:9", "7:9", "10:12", "10:26", "12:15", "15:29", "15:35", "15:42",
            ])
    }
}

struct Mistake: Sendable, CustomTestStringConvertible {
    var text: String
    /// Without the file's name.
    var expected: [String]
    var testDescription: String { expected.first ?? "nothing" }

    init(_ replacing: [Int: String], _ expected: String...) {
        text = PolicyFile.text(replacing: replacing)
        self.expected = expected
    }

    init(text: String, _ expected: String...) {
        self.text = text
        self.expected = expected
    }

    static let all =
        structure + values + rules + patterns + yaml + MistakesInConditions.all + MistakesInDetails.all
        + MistakesInTests.all

    private static let deniable =
        "process.exec, process.create, process.open, process.signal, process.control, process.credentials,"
        + " thread.create, thread.open, memory.map_executable, memory.make_executable, image.load, image.load_module,"
        + " image.load_bpf, image.load_kernel, image.load_firmware, file.open, file.create, file.unlink, file.rename,"
        + " file.link, file.set_attributes, file.truncate, file.mount, kernel.access"

    private static let structure = [
        Mistake(text: "", "1:1: error: the file holds no policy: begin with 'apiVersion: sallyport.dev/v1'"),
        Mistake(
            text: "just text\n",
            "1:1: error: a policy must be a mapping, not 'just text': write 'key: value' lines with the keys apiVersion,"
                + " kind, metadata, spec, tests"),
        Mistake(
            [1: "apiversion: sallyport.dev/v1"],
            "1:1: error: unknown key 'apiversion' in a policy: did you mean 'apiVersion'?",
            "1:1: error: a policy has no 'apiVersion': add it"),
        Mistake(
            [1: "apiVersion: sallyport.dev/v2"],
            "1:13: error: unknown apiVersion 'sallyport.dev/v2': write 'sallyport.dev/v1'"),
        Mistake([2: "kind: Polizei"], "2:7: error: unknown kind 'Polizei': write 'Policy'"),
        Mistake(
            [4: "  labels: {}"],
            "4:3: error: unknown key 'labels' in 'metadata': write one of name, vendor, summary",
            "4:3: error: 'metadata' has no 'name': add it"),
        Mistake(
            [5: "  vendor: site\n  name: again"],
            "6:3: error: the key 'name' is there twice, first in line 4: remove one of them"),
        Mistake(
            [12: "      action: allow\n      action: deny\n      action: deny"],
            "13:7: error: the key 'action' is there twice, first in line 12: remove one of them",
            "14:7: error: the key 'action' is there twice, first in line 12: remove one of them"),
        Mistake(
            [5: "  vendor: site\n  'name': again\n  vender: x"],
            "6:3: error: the key 'name' is there twice, first in line 4: remove one of them",
            "7:3: error: unknown key 'vender' in 'metadata': did you mean 'vendor'?"),
        Mistake(
            text: PolicyFile.text() + "---\n" + PolicyFile.text(),
            "18:1: error: the policy 'no-code-from-tmp' is there twice, first in line 1: rename one of them"),
    ]

    private static let values = [
        Mistake([4: "  name:"], "4:8: error: the policy's name must be text, not nothing: write it after the ':'"),
        Mistake([4: "  name: [a]"], "4:9: error: the policy's name must be text, not a list: write it after the ':'"),
        Mistake(
            [4: "  name: No_Code"],
            "4:9: error: the policy's name 'No_Code' isn't a name: write lower-case letters, digits, '-' and '.', at most"
                + " 63, a letter or digit first"),
        Mistake(
            [5: "  vendor: ACME"],
            "5:11: error: the vendor 'ACME' isn't a name: write lower-case letters, digits, '-' and '.', at most 63,"
                + " a letter or digit first"),
        Mistake(
            [5: #"  summary: "two\nlines""#],
            "5:12: error: the summary isn't one line of at most 255 bytes: shorten it, and explain more in comments"),
        Mistake([7: "  mode: audt"], "7:9: error: unknown mode 'audt': did you mean 'audit'?"),
        Mistake([7: "  mode: permissive"], "7:9: error: unknown mode 'permissive': write one of enforce, audit"),
        Mistake([12: "      action: permit"], "12:15: error: unknown action 'permit': write one of allow, deny, ask"),
        Mistake(
            [12: "      action: {allow: yes}"],
            "12:15: error: 'action' must be text, not a mapping: write it after the ':'"),
        Mistake(
            text: "apiVersion: sallyport.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: {rules: []}\n",
            "4:15: error: the list 'rules' is empty: write at least one entry"),
        Mistake(
            text: "apiVersion: sallyport.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: {rules: none}\n",
            "4:15: error: 'rules' must be a list, not 'none': write '- ' entries"),
        Mistake(
            text: "apiVersion: sallyport.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: {rules: {a: b}}\n",
            "4:15: error: 'rules' must be a list, not a mapping: write '- ' entries"),
        Mistake(
            text: "apiVersion: sallyport.dev/v1\nkind: Policy\nmetadata: p\nspec: {rules: [a]}\n",
            "3:11: error: 'metadata' must be a mapping, not 'p': write 'key: value' lines with the keys name, vendor,"
                + " summary",
            "4:16: error: a rule must be a mapping, not 'a': write 'key: value' lines with the keys name, on, subject,"
                + " object, access, signal, mapping, area, action, unknown_digest, timeout, on_timeout"),
    ]

    private static let rules = [
        Mistake(
            [9: "    - label: a"],
            "9:7: error: unknown key 'label' in a rule: write one of name, on, subject, object, access, signal,"
                + " mapping, area, action, unknown_digest, timeout, on_timeout",
            "9:7: error: a rule has no 'name': add it"),
        Mistake(
            [11: "      subjct: {exe: /a}"],
            "11:7: error: unknown key 'subjct' in a rule: did you mean 'subject'?"),
        Mistake([10: "      on: []"], "10:11: error: the list 'on' is empty: write at least one entry"),
        Mistake(
            [10: "      on: [process.exe, image.load]"],
            "10:12: error: unknown operation 'process.exe': did you mean 'process.exec'?"),
        Mistake(
            [10: "      on: [network.connect]"],
            "10:12: error: unknown operation 'network.connect': write one of \(deniable)"),
        Mistake(
            [10: "      on: [process.exit]"],
            "10:12: error: process.exit can only be observed: no rule can decide it: write one of \(deniable)"),
        Mistake(
            [10: "      on: [process.exec, process.exec]"],
            "10:26: error: process.exec is there twice: remove one of them"),
        Mistake([11: "      subject: {exe: []}"], "11:22: error: the list 'exe' is empty: write at least one entry"),
        Mistake(
            [11: "      subject: {exe: {a: b}}"],
            "11:22: error: 'exe' must be a list, not a mapping: write '- ' entries"),
        Mistake(
            [11: "      subject: {exe: [[a]]}"],
            "11:23: error: a pattern must be text, not a list: write it after the ':'"),
        Mistake(
            [13: "    - name: package-manager"],
            "13:13: error: the rule 'package-manager' is there twice, first in line 9: rename one of them"),
    ]

    private static let patterns = [
        Mistake(
            [15: "      object: {path: ['/tmp//x', unresolvable]}"],
            "15:29: error: bad pattern '/tmp//x': a resolved path never contains '//': write one '/'"),
        Mistake(
            [15: "      object: {path: [tmp, unresolvable]}"],
            "15:23: error: bad pattern 'tmp': a pattern must begin with '/' or '**': write the whole path, or '**/' before"
                + " it for any directory"),
        Mistake(
            [15: "      object: {path: ['/ä/[z-a]']}"],
            "15:29: error: bad pattern '/ä/[z-a]': the range runs backwards: write its lower end first"),
        Mistake(
            [
                15:
                    "      object:\n        path:\n          - '/tmp/**'\n          - \"/a\\\\\"\n          - unresolvable"
            ],
            "18:16: error: bad pattern '/a\\': nothing follows the backslash: write '\\\\' for a backslash itself"),
        Mistake(
            [15: #"      object: {path: ["\x2ftmp//x", unresolvable]}"#],
            "15:23: error: bad pattern '/tmp//x': a resolved path never contains '//': write one '/'"),
        Mistake(
            [15: "      object: {path: ['/tmp/**', '/tmp/**', unresolvable]}"],
            "15:34: warning: the pattern '/tmp/**' is there twice: remove one"),
        Mistake(
            [15: "      object: {path: ['/tmp/**', unresolvable, unresolvable]}"],
            "15:48: warning: the word 'unresolvable' is there twice: remove one"),
    ]

    private static let yaml = [
        Mistake(
            [3: "metadata: &m", 5: "  vendor: *m"],
            "3:11: error: YAML anchors aren't supported in a policy: remove '&' and the name",
            "5:11: error: a plain value can't begin with '*', which is a YAML alias: quote the pattern, as in '**/name';"
                + " aliases aren't supported in a policy"),
        Mistake(
            [4: "  name: !!str a"],
            "4:9: error: YAML tags aren't supported in a policy: remove the tag, or quote the value"),
        Mistake(
            [5: "  summary: |\n    *text\n  vendor: site"],
            "5:12: error: YAML block scalars aren't supported in a policy: write the text on one line",
            "5:12: error: the summary isn't one line of at most 255 bytes: shorten it, and explain more in comments"),
        Mistake(
            [5: "  <<: {vendor: site}"],
            "5:3: error: YAML merge keys aren't supported in a policy: write the keys out"),
        Mistake(
            [5: "  ? vendor\n  : site"],
            "5:3: error: a '?' key isn't supported in a policy: write 'key: value'"),
        Mistake([5: "  [a, b]: site"], "5:3: error: a key must be a word: write 'key: value'"),
        Mistake(
            text: "%YAML 1.1\n---\n" + PolicyFile.text(),
            "1:1: error: YAML directives aren't supported in a policy: remove the line"),
        Mistake(
            [15: "      object: {path: [/usr/{bin,sbin}/*]}"],
            "15:28: error: the YAML can't be read: while parsing a flow sequence did not find expected ',' or ']':"
                + " quote patterns that contain any of [ ] { } , # or begin with * or !"),
        Mistake(
            [5: "  vendor: si\u{7}te"],
            "5:13: error: the file has a character that YAML doesn't allow: control characters are not allowed: remove it,"
                + " or write it as '\\xNN' in double quotes"),
    ]
}
