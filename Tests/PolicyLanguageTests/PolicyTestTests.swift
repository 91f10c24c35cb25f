// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

/// The `tests:` of policy files.
@Suite struct PolicyTestTests {
    private func tests(_ lines: String) throws -> [PolicyTest] {
        let document = PolicyFile.parse(PolicyFile.text() + "tests:\n" + lines + "\n")
        #expect(document.diagnostics == [])
        return try #require(document.tests["no-code-from-tmp"])
    }

    @Test func whatIsNotWrittenIsAnOrdinaryUsersProgram() throws {
        let test = try #require(
            try tests("  - {name: t, operation: process.exec, object: {path: /tmp/a}, expect: deny}").first)
        let subject = ProcessFacts(exe: ObservedPath("/usr/bin/true"), user: 1000, groups: [1000])
        let attempt = Attempt(
            operation: .processExec, subject: subject, object: .file(FileFacts(path: ObservedPath("/tmp/a"))))
        #expect(test == PolicyTest(name: "t", attempt: attempt, expected: .deny, rule: nil, line: 18))
    }

    @Test func everythingOfAnAttemptOnAFileIsRead() throws {
        let digest = try #require(Digest(String(repeating: "1e", count: 32)))
        let test = try #require(
            try tests(
                """
                  - name: everything
                    operation: file.open
                    subject:
                      exe: /usr/bin/python3
                      user: root
                      groups: [0, 27]
                      cgroup: /system.slice/a.service
                      ancestors: [/usr/sbin/sshd, unresolvable]
                      script: true
                      capabilities: [CAP_CHOWN, kill]
                      digest: '\(digest.text)'
                    object:
                      path: unresolvable
                      flags: [memfd, deleted]
                      filesystem: tmpfs
                      digest: '\(digest.text)'
                      verity: '\(digest.text)'
                    access: [read, write]
                    expect: audit
                    rule: world-writable
                """
            ).first)
        let unresolvable = ObservedPath(bytes: [], unresolvable: .anonymous)
        let subject = ProcessFacts(
            exe: ObservedPath("/usr/bin/python3"), ancestors: [ObservedPath("/usr/sbin/sshd"), unresolvable],
            cgroup: ObservedPath("/system.slice/a.service"), isScript: true, user: 0, groups: [0, 27],
            capabilities: 1 << 0 | 1 << 5, digest: digest)
        let file = FileFacts(
            path: unresolvable, flags: [.memfd, .deleted], filesystem: "tmpfs", digest: digest, verity: digest)
        let attempt = Attempt(
            operation: .fileOpen, subject: subject, object: .file(file), access: [.read, .write])
        #expect(
            test
                == PolicyTest(
                    name: "everything", attempt: attempt, expected: .audit, rule: "world-writable", line: 18))
    }

    @Test func eachKindOfObjectAndDetailIsRead() throws {
        let tests = try tests(
            """
              - {name: a, operation: process.signal, signal: SIGKILL, object: {exe: /a, user: 7}, expect: ask}
              - {name: b, operation: process.open, access: attach, expect: allow}
              - {name: c, operation: memory.map_executable, mapping: [anonymous, writable], expect: allow}
              - {name: d, operation: memory.make_executable, mapping: heap, object: {path: /b}, expect: allow}
              - {name: e, operation: kernel.access, area: msr, expect: allow}
              - {name: f, operation: process.credentials, access: groups, expect: allow}
              - {name: g, operation: image.load_bpf, expect: allow}
            """)
        let ordinary = ProcessFacts(exe: ObservedPath("/usr/bin/true"), user: 1000, groups: [1000])
        let anonymous = FileFacts(path: ObservedPath(bytes: [], unresolvable: .anonymous), filesystem: "")
        #expect(
            tests.map(\.attempt) == [
                Attempt(
                    operation: .processSignal, subject: ordinary,
                    object: .process(ProcessFacts(exe: ObservedPath("/a"), user: 7, groups: [7])),
                    signal: Signal("KILL")),
                Attempt(operation: .processOpen, subject: ordinary, object: .process(ordinary), access: [.attach]),
                Attempt(
                    operation: .memoryMapExecutable, subject: ordinary, object: .file(anonymous),
                    mappings: [.anonymous, .writable]),
                Attempt(
                    operation: .memoryMakeExecutable, subject: ordinary,
                    object: .file(FileFacts(path: ObservedPath("/b"))), mappings: [.heap]),
                Attempt(operation: .kernelAccess, subject: ordinary, object: .file(anonymous), area: .msr),
                Attempt(operation: .processCredentials, subject: ordinary, access: [.groups]),
                Attempt(operation: .imageLoadBPF, subject: ordinary),
            ])
        #expect(tests.map(\.expected) == [.ask, .allow, .allow, .allow, .allow, .allow, .allow])
    }

    @Test func testsBelongToThePolicyOfTheirDocument() {
        let test = "tests: [{name: t, operation: process.create, expect: allow}]\n"
        let other = PolicyFile.text(replacing: [4: "  name: other"])
        let document = PolicyFile.parse(PolicyFile.text() + test + "---\n" + other)
        #expect(document.diagnostics == [])
        #expect(document.tests.mapValues { $0.map(\.name) } == ["no-code-from-tmp": ["t"]])
    }

    @Test func aMistakeInATestMakesTheWholeFileUnusable() {
        let document = PolicyFile.parse(
            PolicyFile.text() + "tests: [{name: t, operation: process.create, expect: perhaps}]\n")
        #expect(document.hasErrors && document.policies == [] && document.tests == [:])
    }

    @Test func aRuleThatCouldNotBeReadIsNotMissedByATest() {
        let test = "tests: [{name: t, operation: process.create, expect: allow, rule: world-writable}]\n"
        let document = PolicyFile.parse(PolicyFile.text(replacing: [16: "      action: dney"]) + test)
        #expect(
            document.diagnostics.map(\.description) == [
                "p.yaml:16:15: error: unknown action 'dney': did you mean 'deny'?"
            ])
    }
}
