// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import PolicyLanguage
import Testing

@Suite struct PolicyCheckTests {
    private var policy: Policy {
        get throws {
            var policy = try Samples.installedPolicy().policy
            policy.summary = "no code from where everyone may write"
            return policy
        }
    }

    private var good: String {
        get throws { PolicyDocument.yaml(for: try policy) }
    }

    @Test func `A good policy is compiled and costs something`() async throws {
        try await withFiles([try good]) { files in
            let check = try PolicyCheck(files: files)
            #expect(!check.hasErrors)
            #expect(check.policies == [try policy])
            let figures = try #require(check.figures)
            #expect(figures.policies == 1 && figures.rules == 2 && figures.patterns == 2)
            #expect(figures.states > 0 && figures.bytes > 0)
            #expect(await SallyportCommand.run(arguments: ["policy", "check"] + files) == .success)
        }
    }

    @Test func `A mistake is shown with its line, and ends with status 1`() async throws {
        let bad = try good.replacing("process.exec", with: "process.exce")
        try await withFiles([bad]) { files in
            let check = try PolicyCheck(files: files)
            #expect(check.hasErrors && check.figures == nil)
            let error = try #require(check.diagnostics.first { $0.severity == .error })
            #expect(error.file == files[0])
            #expect(error.source?.contains("process.exce") == true)
            #expect(await SallyportCommand.run(arguments: ["policy", "check"] + files) == .findings)
        }
    }

    @Test func `Nothing is sent when a file has errors`() async throws {
        // Were it sent, the status would be that of a platform that can't be reached.
        try await withFiles([try good, "kind: Nonsense\n"]) { files in
            let arguments = ["policy", "apply", "--socket", "/nonexistent/socket"] + files
            #expect(await SallyportCommand.run(arguments: arguments) == .findings)
        }
    }

    @Test func `A good policy that nobody takes ends with status 3`() async throws {
        try await withFiles([try good]) { files in
            let arguments = ["policy", "apply", "--socket", "/nonexistent/socket"] + files
            #expect(await SallyportCommand.run(arguments: arguments) == .unreachable)
        }
    }

    @Test func `Two files with policies of the same name are an error`() async throws {
        try await withFiles([try good, try good]) { files in
            let check = try PolicyCheck(files: files)
            #expect(check.hasErrors)
        }
    }

    @Test func `The result as JSON is as published, good or bad`() async throws {
        let schema = try PublishedSchema("diagnostics.json")
        try await withFiles([try good, try good + "surprise: 1\n"]) { files in
            for file in files {
                let check = try PolicyCheck(files: [file])
                let problems = schema.problems(try JSONDocument(parsing: JSONValue.object(check.json).text))
                #expect(problems.isEmpty)
            }
        }
    }
}
