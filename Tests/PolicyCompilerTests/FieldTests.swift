// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// Each field by itself, as it stands and inverted, on both sides; the random tests mix them.
@Suite struct FieldTests {
    private static let process = ProcessFacts(
        exe: ObservedPath("/usr/bin/python3"), ancestors: [ObservedPath("/usr/sbin/sshd"), .unresolvable],
        cgroup: ObservedPath("/system.slice/docker-\(id).scope"), isScript: true, user: 1000, groups: [1000, 5],
        capabilities: 1 << 21, digest: .fixture(1))
    private static let id = "0123456789ab" + String(repeating: "c", count: 52)
    private static let file = FileFacts(
        path: ObservedPath("/tmp/a"), flags: [.tmpfs, .setuid], filesystem: "tmpfs", digest: .fixture(2),
        verity: .fixture(3))

    /// What holds for `process`, and what doesn't.
    private static let ofProcess: [(FieldCondition, FieldCondition)] = [
        (.exe(.fixture(["/usr/bin/*"])), .exe(.fixture(["/bin/*"], unresolvable: true))),
        (.interpreter(.fixture(["/usr/bin/python*"])), .interpreter(.fixture(["/bin/sh"]))),
        (.cgroup(.fixture(["/system.slice/**"])), .cgroup(.fixture(["/user.slice/**"]))),
        (.container([.any]), .container([.id(String(repeating: "f", count: 12))])),
        (.container([.id("0123456789abc")]), .container([.id("0123456789ac")])),
        (.ancestor(.fixture(["/usr/sbin/*"])), .ancestor(.fixture(["/usr/bin/*"]))),
        (.ancestor(.fixture([], unresolvable: true)), .ancestor(.fixture(["/a"]))),
        (.user([.id(7), .name("alice")]), .user([.name("root"), .id(7)])),
        (.group([.id(5)]), .group([.id(0), .id(6)])),
        (.group([.name("wheel")]), .group([.name("root")])),
        (.capability([Capability("sys_admin")!]), .capability([Capability("bpf")!])),
        (.digest([.fixture(9), .fixture(1)]), .digest([.fixture(2), .fixture(3)])),
    ]
    private static let ofFile: [(FieldCondition, FieldCondition)] = [
        (.path(.fixture(["/tmp/*"])), .path(.fixture(["/tmp"], unresolvable: true))),
        (.flags([.setuid, .memfd]), .flags([.memfd, .setgid])),
        (.filesystem(["ext4", "tmpfs"]), .filesystem(["ext4", "tmpf"])),
        (.digest([.fixture(2)]), .digest([.fixture(1), .fixture(3)])),
        (.verity([.fixture(3)]), .verity([.fixture(2)])),
    ]
    private static let accounts = AccountDirectory(
        users: ["root": 0, "alice": 1000], groups: ["root": 0, "wheel": 5])

    /// Whether a rule with this condition decides, in the tables and for the reference evaluator.
    private func matches(
        _ attempt: Attempt, subject: Condition? = nil, object: Condition? = nil, scope: Condition? = nil
    ) throws -> Bool {
        let rule = Rule(
            name: "r", operations: [attempt.operation], subject: subject, object: object, action: .deny,
            unknownDigest: .allow)
        let policies = [Policy.fixture("p", scope: scope, [rule])]
        let tables = try PolicyCompiler.compile(policies, accounts: Self.accounts)
        let found = tables.decide(attempt).verdict == .deny
        #expect(
            ReferenceEvaluator(policies, accounts: Self.accounts).decide(attempt).verdict == (found ? .deny : .allow))
        return found
    }

    @Test(arguments: ofProcess.indices) func aFieldOfTheSubjectSelects(_ index: Int) throws {
        let (holds, fails) = Self.ofProcess[index]
        let attempt = Attempt.create(by: Self.process)
        #expect(try matches(attempt, subject: Condition(holds)))
        #expect(try !matches(attempt, subject: Condition(fails)))
        #expect(try !matches(attempt, subject: Condition(not: [holds])))
        #expect(try matches(attempt, subject: Condition(not: [fails])))
        #expect(try matches(attempt, subject: Condition(holds), scope: Condition(holds, not: [fails])))
        #expect(try !matches(attempt, subject: Condition(holds), scope: Condition(fails)))
    }

    @Test(arguments: ofProcess.indices) func aFieldOfAProcessThatIsTheObjectSelects(_ index: Int) throws {
        let (holds, fails) = Self.ofProcess[index]
        let other = ProcessFacts(exe: ObservedPath("/sbin/init"), digest: .fixture(77))
        let attempt = Attempt(operation: .processSignal, subject: other, object: .process(Self.process))
        #expect(try matches(attempt, object: Condition(holds)))
        #expect(try !matches(attempt, object: Condition(fails)))
        #expect(try !matches(attempt, object: Condition(not: [holds])))
        #expect(try matches(attempt, object: Condition(not: [fails])))
        // The sides aren't mixed up.
        #expect(try !matches(attempt, subject: Condition(holds)))
        #expect(try matches(attempt, subject: Condition(not: [holds]), object: Condition(holds)))
    }

    @Test(arguments: ofFile.indices) func aFieldOfAFileSelects(_ index: Int) throws {
        let (holds, fails) = Self.ofFile[index]
        let attempt = Attempt(operation: .fileOpen, subject: Self.process, object: .file(Self.file), access: [.read])
        #expect(try matches(attempt, object: Condition(holds)))
        #expect(try !matches(attempt, object: Condition(fails)))
        #expect(try !matches(attempt, object: Condition(not: [holds])))
        #expect(try matches(attempt, object: Condition(not: [fails])))
    }

    @Test func notIsFalseOnlyWhereAllItsFieldsHold() throws {
        let attempt = Attempt(operation: .fileOpen, subject: Self.process, object: .file(Self.file), access: [.read])
        let (subject, file) = (Self.ofProcess.map(\.0), Self.ofFile.map(\.0))
        #expect(try !matches(attempt, object: Condition(not: file)))
        #expect(try matches(attempt, object: Condition(not: [file[0], Self.ofFile[1].1, file[2]])))
        #expect(try !matches(attempt, subject: Condition(not: [subject[0], subject[7], subject[10]])))
        #expect(
            try matches(
                attempt, subject: Condition(not: [subject[0], Self.ofProcess[7].1]),
                object: Condition(not: [Self.ofFile[0].1, file[1]]), scope: Condition(not: [Self.ofProcess[2].1])))
    }

    @Test func severalConditionsOnOneFieldAreJudgedTogether() throws {
        let attempt = Attempt.create(by: Self.process)
        let usr = FieldCondition.exe(.fixture(["/usr/**"]))
        let python = FieldCondition.exe(.fixture(["/usr/bin/python*"]))
        #expect(try !matches(attempt, subject: Condition(usr, not: [python])))
        #expect(try matches(attempt, subject: Condition(usr, not: [.exe(.fixture(["/usr/bin/perl*"]))])))
        #expect(try matches(attempt, subject: Condition(python), scope: Condition(usr)))
        #expect(try !matches(attempt, subject: Condition(.exe(.fixture(["/opt/**"]))), scope: Condition(usr)))
        let users = FieldCondition.user([.id(0), .id(1000)])
        #expect(try !matches(attempt, subject: Condition(users, not: [.user([.id(1000)])])))
        #expect(try matches(attempt, subject: Condition(users, not: [.user([.id(0)])])))
    }

    @Test func whatIsNoScriptHasNoInterpreter() throws {
        var process = Self.process
        process.isScript = false
        let any = FieldCondition.interpreter(.fixture(["/**"], unresolvable: true))
        #expect(try !matches(.create(by: process), subject: Condition(any)))
        #expect(try matches(.create(by: process), subject: Condition(not: [any])))
    }

    @Test func aFileWithoutVerityIsInNoList() throws {
        var file = Self.file
        file.verity = nil
        let attempt = Attempt(operation: .imageLoad, subject: Self.process, object: .file(file))
        #expect(try !matches(attempt, object: Condition(.verity([.fixture(3)]))))
        #expect(try matches(attempt, object: Condition(not: [.verity([.fixture(3)])])))
    }

    @Test func aDigestIsTheFilesOrTheProcessesAsTheOperationIs() throws {
        let rule = Rule(
            name: "r", operations: [.fileOpen, .processSignal], object: Condition(.digest([.fixture(1)])),
            action: .deny, unknownDigest: .allow)
        let tables = try PolicyCompiler.compile([.fixture("p", [rule])])
        let initial = ProcessFacts(exe: ObservedPath("/sbin/init"))
        func verdict(_ operation: EndpointModel.Operation, _ object: Attempt.Object) -> Verdict {
            tables.decide(Attempt(operation: operation, subject: initial, object: object)).verdict
        }
        #expect(verdict(.fileOpen, .file(FileFacts(path: .init("/a"), digest: .fixture(1)))) == .deny)
        #expect(verdict(.fileOpen, .file(FileFacts(path: .init("/a"), digest: .fixture(2)))) == .allow)
        #expect(verdict(.processSignal, .process(Self.process)) == .deny)
        #expect(verdict(.processSignal, .process(initial)) == .allow)
    }
}
