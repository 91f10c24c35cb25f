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
                            subject: Condition(
                                .exe(PathList([try PathPattern("/usr/bin/dpkg"), try PathPattern("/usr/bin/apt*")]))),
                            action: .allow),
                        Rule(
                            name: "world-writable", operations: both,
                            object: Condition(.path(PathList([try PathPattern("/tmp/**")], unresolvable: true))),
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
        #expect(rule.subject == Condition(.exe(PathList([try PathPattern("/a")]))))
        #expect(rule.object == Condition(.path(PathList([], unresolvable: true))))
    }

    @Test func notInvertsAList() throws {
        let document = PolicyFile.parse(
            PolicyFile.rules(
                "name: r\non: image.load\nsubject: {not: {exe: [/a, unresolvable]}}\n"
                    + "object:\n  not:\n    path:\n      - /usr/**\naction: deny"))
        #expect(document.diagnostics == [])
        let rule = try #require(document.policies.first?.rules.first)
        #expect(rule.subject == Condition(not: [.exe(PathList([try PathPattern("/a")], unresolvable: true))]))
        #expect(rule.object == Condition(not: [.path(PathList([try PathPattern("/usr/**")]))]))
    }

    @Test func everyFieldOfProcessesIsRead() throws {
        let digest = String(repeating: "aB", count: 32)
        let document = PolicyFile.parse(
            PolicyFile.rules(
                """
                name: r
                on: process.signal
                subject:
                  exe: ['/a', unresolvable]
                  digest: '\(digest)'
                  user: [root, 1000]
                  group: wheel
                  cgroup: ['/', '/system.slice/**']
                  ancestor: '**/sshd'
                  interpreter: /bin/sh
                  capability: [CAP_SYS_ADMIN, kill]
                  container: ['*', 0123456789ab]
                action: deny
                unknown_digest: allow
                """))
        #expect(document.diagnostics == [])
        let rule = try #require(document.policies.first?.rules.first)
        let expected: [FieldCondition] = [
            .exe(PathList([try PathPattern("/a")], unresolvable: true)),
            .digest([try #require(Digest(digest))]),
            .user([.name("root"), .id(1000)]), .group([.name("wheel")]),
            .cgroup(PathList([try PathPattern("/"), try PathPattern("/system.slice/**")])),
            .ancestor(PathList([try PathPattern("**/sshd")])), .interpreter(PathList([try PathPattern("/bin/sh")])),
            .capability([try #require(Capability("sys_admin")), try #require(Capability("kill"))]),
            .container([.any, .id("0123456789ab")]),
        ]
        #expect(rule.subject == Condition(all: expected, not: []))
        #expect(rule.unknownDigest == .allow)
        // Every field but 'vendor', which selects nothing yet.
        #expect(expected.map(\.field) == Field.ofProcesses.filter { $0 != .vendor }.sorted { order($0) < order($1) })
    }

    private func order(_ field: Field) -> Int {
        let written: [Field] = [
            .exe, .digest, .user, .group, .cgroup, .ancestor, .interpreter, .capability, .container,
        ]
        return written.firstIndex(of: field) ?? written.count
    }

    @Test func everyFieldOfFilesIsReadAndNotMayStandBesideThem() throws {
        let digest = try #require(Digest("sha256:" + String(repeating: "0f", count: 32)))
        let document = PolicyFile.parse(
            PolicyFile.rules(
                """
                name: r
                on: file.open
                object:
                  path: /a/**
                  filesystem: [ext4, 9p, binfmt_misc]
                  flags: [world_writable, setuid]
                  verity: \(digest.text)
                  not: {path: [/a/b, unresolvable], digest: ['\(digest.text)']}
                access: [read, write]
                action: ask
                unknown_digest: deny
                timeout: 2s
                on_timeout: deny
                """))
        #expect(document.diagnostics == [])
        let rule = try #require(document.policies.first?.rules.first)
        #expect(
            rule
                == Rule(
                    name: "r", operations: [.fileOpen],
                    object: Condition(
                        .path(PathList([try PathPattern("/a/**")])), .filesystem(["ext4", "9p", "binfmt_misc"]),
                        .flags([.worldWritable, .setuid]), .verity([digest]),
                        not: [
                            .path(PathList([try PathPattern("/a/b")], unresolvable: true)), .digest([digest]),
                        ]),
                    access: [.read, .write], action: .ask, unknownDigest: .deny, timeoutMilliseconds: 2000,
                    onTimeout: .deny))
    }

    @Test func signalsMappingsAndAreasAreRead() throws {
        let document = PolicyFile.parse(
            PolicyFile.rules(
                "name: s\non: process.signal\nsignal: [KILL, SIGTERM, 34, RTMIN+1]\nobject: {exe: /a}\naction: deny",
                "name: m\non: [memory.map_executable, memory.make_executable]\nmapping: [stack, was_writable]\naction: deny",
                "name: a\non: kernel.access\narea: msr\naction: deny"))
        #expect(document.diagnostics == [])
        let rules = try #require(document.policies.first?.rules)
        #expect(rules[0].signals.map(\.number) == [9, 15, 34, 35])
        #expect(rules[1].mappings == [.stack, .wasWritable])
        #expect(rules[2].areas == [.msr])
    }

    @Test func scopeAndWhenUncoveredAreRead() throws {
        let document = PolicyFile.parse(
            PolicyFile.text(replacing: [
                7: "  when_uncovered: audit\n  scope: {cgroup: '/system.slice/**', not: {user: root}}"
            ]))
        #expect(document.diagnostics == [])
        let policy = try #require(document.policies.first)
        #expect(policy.whenUncovered == .audit)
        #expect(
            policy.scope
                == Condition(.cgroup(PathList([try PathPattern("/system.slice/**")])), not: [.user([.name("root")])]))
    }

    @Test func vendorModeAndSummaryHaveDefaults() throws {
        let document = PolicyFile.parse(PolicyFile.rules("name: r\non: process.exec\naction: deny"))
        let policy = try #require(document.policies.first)
        #expect(policy.vendor == "site" && policy.mode == .enforce && policy.summary == "")
        #expect(policy.whenUncovered == .refuse && policy.scope == nil && document.tests == [:])
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

    @Test(arguments: [
        PolicyFile.text(replacing: [
            11: "      subject: {not: {exe: [\"/usr/bin/d\\x41pkg\", '/usr/bin/a''t*']}}"
        ]),
        PolicyFile.text(replacing: [
            7: "  scope: {user: [root, 1]}",
            11: "      subject: {capability: kill, container: '*'}",
            12: "      action: ask\n      timeout: 2s\n      on_timeout: deny",
            15: "      object: {path: '/a', flags: memfd, not: {filesystem: ext4}}",
            16: "      action: deny\ntests:\n  - {name: t, operation: image.load, object: {path: /a}, expect: deny}",
        ]),
    ])
    func anyPrefixOfAFileAndAnyChangedByteIsAnsweredWithoutHarm(_ text: String) {
        // Whatever the text, there is an answer: a policy, or at least one error with a place in the file.
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
