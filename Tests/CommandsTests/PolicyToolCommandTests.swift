// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import PolicyLanguage
import PolicyTools
import Testing

/// `policy test`, `diff`, `explain`, `learn` and `schema`, without a platform.
@Suite struct PolicyToolCommandTests {
    private static let policy = """
        apiVersion: sallyport.dev/v1
        kind: Policy
        metadata:
          name: no-code-from-tmp
        spec:
          rules:
            - name: packages
              on: [process.exec]
              subject: {exe: [/usr/bin/dpkg], user: [root]}
              action: allow
            - name: tmp
              on: [process.exec]
              object: {path: ['/tmp/**', unresolvable]}
              action: deny
        tests:
          - name: tmp-is-denied
            operation: process.exec
            object: {path: /tmp/x}
            expect: deny
            rule: tmp

        """

    private static let screen = Screen(style: Style(colored: false), width: nil)

    private func run(_ arguments: String..., files: [String] = []) async -> CommandStatus {
        await SallyportCommand.run(arguments: ["policy"] + arguments + files)
    }

    private func problems(_ object: JSONObject, _ schema: String) throws -> [String] {
        try PublishedSchema(schema).problems(try JSONDocument(parsing: JSONValue.object(object).text))
    }

    private func policies(_ text: String) throws -> CheckedPolicies {
        try CheckedPolicies(PolicyDocument.parse(text: text, file: "f").policies)
    }

    // MARK: test

    @Test func `A test that fails says what was expected and found, where it stands, and ends with status 1`()
        async throws
    {
        let failing = Self.policy.replacing("expect: deny", with: "expect: allow")
        try await withFiles([Self.policy, failing, "kind: Nonsense\n"]) { files in
            #expect(await run("test", files: [files[0]]) == .success)
            #expect(await run("test", files: [files[0], files[1]]) == .findings)
            #expect(await run("test", files: [files[2]]) == .findings)
            #expect(await run("test", "/nonexistent/policy.yaml") == .usage)
            let report = try PolicyTestReport(files: [files[0], files[1]])
            #expect(
                report.lines(on: Self.screen) == [
                    "\(files[0]):16: ok no-code-from-tmp/tmp-is-denied",
                    "\(files[1]):16: FAILED no-code-from-tmp/tmp-is-denied",
                    "    expected allow by rule 'tmp'", "    found    deny by rule 'tmp'",
                    "2 tests of 2 policies: 1 failed, 1 as expected",
                ])
            for file in files {
                #expect(try problems(PolicyTestReport(files: [file]).json, "policy-test.json").isEmpty)
            }
        }
    }

    @Test func `A user that this machine doesn't know is a clear error, and no crash`() async throws {
        let unknown = Self.policy.replacing("user: [root]", with: "user: [nobody-has-this-name]")
        try await withFiles([unknown, Self.policy.replacing("[root]", with: "[daemon]")]) { files in
            let report = try PolicyTestReport(files: [files[0]])
            #expect(report.hasErrors)
            #expect(report.diagnosticLines(on: Self.screen).joined().contains("isn't known on this machine"))
            #expect(await run("test", files: [files[1]]) == .success)
            #expect(await run("check", files: [files[1]]) == .success)
        }
    }

    @Test func `A policy without tests is as expected`() async throws {
        let untested = String(Self.policy[..<(try #require(Self.policy.firstRange(of: "tests:")).lowerBound)])
        try await withFiles([untested]) { files in
            #expect(await run("test", files: files) == .success)
            let lines = try PolicyTestReport(files: files).lines(on: Self.screen)
            #expect(lines.count == 1)
        }
    }

    // MARK: diff

    @Test func `No difference, some and nonsense end with 0, 1 and 2`() async throws {
        let wider = Self.policy.replacing("/tmp/**", with: "/{tmp,srv}/**")
        try await withFiles([Self.policy, Self.policy + "\n# a comment\n", wider, "kind: Nonsense\n"]) { files in
            #expect(await run("diff", files: [files[0], files[1]]) == .success)
            #expect(await run("diff", files: [files[0], files[2]]) == .findings)
            #expect(await run("diff", files: [files[0], files[3]]) == .usage)
            #expect(await run("diff", files: files) == .usage)
            #expect(await run("diff", "--socket", "/nonexistent/socket", files: [files[0]]) == .unreachable)
            #expect(await run("diff", "-", "-") == .usage)
        }
        let report = PolicyDiffReport(try PolicyDifference(policies(Self.policy), policies(wider)))
        #expect(try problems(report.json, "policy-diff.json").isEmpty)
        let lines = report.lines(on: Self.screen)
        #expect(lines.first == "process.exec: allow → deny" && lines.last == "1 change")
        #expect(lines.contains("    such as /a (user 1000) → /srv/a"))
        let same = PolicyDiffReport(try PolicyDifference(policies(wider), policies(wider)))
        #expect(same.lines(on: Self.screen) == ["no decision changes"])
        #expect(try problems(same.json, "policy-diff.json").isEmpty)
    }

    // MARK: explain

    @Test func `An attempt is described by options, each of which belongs to its operation`() async throws {
        try await withFiles([Self.policy]) { files in
            let operation = ["--operation", "process.exec"]
            func explain(_ arguments: String...) async -> CommandStatus {
                await run("explain", files: files + arguments)
            }
            #expect(await explain("--operation", "process.exec", "--path", "/tmp/x") == .findings)
            #expect(await explain("--operation", "process.exec", "--path", "unresolvable") == .findings)
            #expect(await explain("--operation", "process.exec", "--path", "/usr/x", "--output", "json") == .success)
            #expect(
                await run(
                    "explain", files: files + operation + ["--path", "/tmp/x", "--exe", "/usr/bin/dpkg", "--user", "0"])
                    == .success)
            for bad in [
                [], ["--path", "tmp/x"], ["--path", "/tmp/../x"], ["--path", "/x", "--access", "read"],
                ["--path", "/x", "--signal", "KILL"], ["--path", "/x", "--user", "nobody-has-this-name"],
                ["--path", "/x", "--digest", "12"], ["--path", "/x", "--capability", "fly"], ["--object-exe", "/x"],
                ["--path", "/x", "--event", "1"], ["--path", "/x", "--flag", "shiny"],
            ] {
                #expect(await run("explain", files: files + operation + bad) == .usage, "\(bad)")
            }
            #expect(await explain("--operation", "process.exit", "--path", "/x") == .usage)
            #expect(await explain("--operation", "process.signal", "--object-exe", "/x", "--signal", "+9") == .usage)
            #expect(await explain("--operation", "process.signal", "--object-exe", "/x", "--signal", "9") == .success)
            #expect(
                await explain("--operation", "file.open", "--path", "/x", "--access", "read", "--access", "write")
                    == .success)
        }
        let inForce = ["--socket", "/nonexistent/socket", "--operation", "process.exec", "--path", "/tmp/x"]
        #expect(await run("explain", files: inForce) == .unreachable)
    }

    @Test func `A recorded event is explained by its number, with what was recorded`() async throws {
        let event = Samples.event(object: .file(FileObject(path: ObservedPath("/tmp/x")), interpreter: nil))
        let exit = Samples.event(.processExit, object: .exit(status: 0))
        let lines = [JSONValue.object(Samples.gap.json).text, "", JSONValue.object(event.json).text]
        let record = lines.joined(separator: "\n")
        try await withFiles([Self.policy, record, JSONValue.object(exit.json).text, "{}\n", "no JSON"]) { files in
            func explain(_ number: String, _ events: String) async -> CommandStatus {
                await run("explain", "--event", number, "--events", events, files: [files[0]])
            }
            #expect(await explain("7", files[1]) == .findings)
            #expect(await explain("8", files[1]) == .usage)
            for file in files[2...] { #expect(await explain("7", file) == .usage) }
            #expect(await run("explain", "--event", "7", files: [files[0]]) == .usage)
        }
        let observed = try #require(ObservedAttempt(event))
        let report = PolicyExplanation(
            try Explanation(observed.attempt, by: policies(Self.policy)), event: event, missing: ["subject.ancestor"])
        #expect(try problems(report.json, "policy-explain.json").isEmpty)
        let text = report.lines(on: Self.screen)
        #expect(text.contains("    * tmp: matches, deny"))
        #expect(text.contains { $0.hasPrefix("    - packages: subject.exe is") })
        #expect(text.contains { $0.contains("taken as unknown: subject.ancestor") })
        #expect(text.contains { $0.contains("recorded: deny by no-code-from-tmp/world-writable") })
    }

    @Test(arguments: Operation.allCases)
    func `What is written by watch is read back as policies see it`(operation: Operation) throws {
        for event in Samples.events(of: operation) {
            let element = try RecordedEvent.parse(Array(JSONValue.object(event.json).text.utf8))
            guard case .event(let read) = element else {
                Issue.record("not an event")
                continue
            }
            #expect(ObservedAttempt(read) == ObservedAttempt(event))
            #expect(read.sequence == event.sequence && read.decision == event.decision)
        }
        for element in Samples.elements {
            let read = try RecordedEvent.parse(Array(JSONValue.object(element.json).text.utf8))
            if case .gap(let gap) = element, case .gap(let readGap) = read {
                #expect(gap.counts == readGap.counts && gap.denied == readGap.denied)
            }
        }
    }

    // MARK: learn

    @Test func `A proposal is learned from recorded events, and is itself a good policy`() async throws {
        let seen = (0..<3).map { number in
            let object = EventObject.file(FileObject(path: ObservedPath("/usr/bin/\(number)")), interpreter: nil)
            return Samples.event(verdict: .allow, object: object)
        }
        let record = seen.map { JSONValue.object($0.json).text }.joined(separator: "\n")
        try await withFiles([record, ""]) { files in
            let arguments = ["learn", "--name", "learned", "--on", "process.exec", "--events"]
            #expect(await SallyportCommand.run(arguments: ["policy"] + arguments + [files[0]]) == .success)
            #expect(await SallyportCommand.run(arguments: ["policy"] + arguments + [files[1]]) == .findings)
            for bad in [
                ["--name", "Bad Name"], ["--on", "process.exit"], ["--duration", "1s"], ["--files", "1"],
                ["--subject-exe", "tmp/*"], ["--generalize", "all"],
            ] {
                #expect(
                    await SallyportCommand.run(arguments: ["policy"] + arguments + [files[0]] + bad) == .usage, "\(bad)"
                )
            }
        }
        var learner = PolicyLearner(PolicyLearner.Request(name: "learned", operations: [.processExec]))
        for event in seen { learner.take(.event(event)) }
        learner.take(.event(Samples.event(verdict: .deny)))
        learner.take(.gap(Samples.gap))
        let report = PolicyLearnReport(learner)
        let document = PolicyDocument.parse(text: report.yaml.joined(separator: "\n") + "\n", file: "f")
        #expect(document.diagnostics.isEmpty)
        let policy = try #require(report.policy)
        #expect(document.policies == [policy])
        #expect(report.sentences.count == 3)
        #expect(try problems(report.json, "policy-learn.json").isEmpty)
        let empty = PolicyLearnReport(PolicyLearner(learner.request))
        #expect(empty.policy == nil)
        #expect(try problems(empty.json, "policy-learn.json").isEmpty)
    }

    @Test func `Learning without a platform ends with status 3`() async throws {
        #expect(
            await run("learn", "--name", "x", "--on", "process.exec", "--socket", "/nonexistent/socket") == .unreachable
        )
    }

    // MARK: schema

    @Test func `The schema is printed, whatever the platform does`() async throws {
        #expect(await run("schema") == .success)
        _ = try JSONDocument(parsing: PolicySchema.json())
    }
}
