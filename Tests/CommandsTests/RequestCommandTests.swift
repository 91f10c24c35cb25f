// SPDX-License-Identifier: Apache-2.0

import Commands
import RequestEvaluation
import Testing

/// `request evaluate`, which needs no platform.
@Suite struct RequestCommandTests {
    private static let covered = """
        apiVersion: sallyport.dev/v1
        kind: Request
        metadata: {name: no-exec, title: Refuse executions, from: somebody, date: 2026-11-21}
        scenario: Nothing is executed from where everybody may write.
        need: {action: deny, operation: process.exec, object: [path], means: rule, words: [exec]}
        kernels: ['6.1']
        already: We have not found any way to do this.
        simpler: Mounting with noexec misses what interpreters read.
        surface: A rule more is nothing new to the kernel.
        cost: {per: exec, limit: 2 percent}
        abuse: A rule too wide stops the machine from working.

        """
    private static let gap = covered.replacing("process.exec", with: "network.connect")
    private static let simpler = covered.replacing("means: rule", with: "means: program")
    private static let wrong = covered.replacing("kind: Request", with: "kind: Wish")

    private func run(_ file: String, _ options: String...) async -> CommandStatus {
        await SallyportCommand.run(arguments: ["request", "evaluate", file] + options)
    }

    private func report(_ file: String) throws -> RequestReport {
        let request = try #require(try RequestFile(file).request)
        return RequestReport(request: request, evaluation: RequestEvaluator().evaluate(request))
    }

    @Test func `The exit status tells covered, not covered and wrong apart`() async throws {
        try await withFiles([Self.covered, Self.gap, Self.simpler, Self.wrong]) { files in
            #expect(await run(files[0]) == .success)
            #expect(await run(files[1]) == .findings)
            #expect(await run(files[2]) == .findings)
            #expect(await run(files[3]) == .usage)
            #expect(await run(files[3], "--output", "json") == .usage)
            #expect(await run(files[1], "--output", "json") == .findings)
        }
        #expect(await run("/nonexistent/request.yaml") == .usage)
    }

    @Test func `What is printed is as published, with mistakes and without`() async throws {
        try await withFiles([Self.covered, Self.gap, Self.simpler, Self.wrong]) { files in
            for file in files.prefix(3) {
                let text = JSONValue.object(try report(file).json).text
                #expect(
                    try PublishedSchema("request-evaluation.json").problems(try JSONDocument(parsing: text)) == [])
            }
            let text = JSONValue.object(try RequestFile(files[3]).json).text
            #expect(try PublishedSchema("diagnostics.json").problems(try JSONDocument(parsing: text)) == [])
        }
    }

    @Test(arguments: [40, 80, 200]) func `Sentences fit the screen`(width: Int) async throws {
        try await withFiles([Self.covered, Self.gap, Self.simpler]) { files in
            for file in files {
                let lines = try report(file).lines(on: Screen(style: Style(colored: false), width: width))
                // What is to be copied is never broken.
                for line in lines where line.displayWidth > width {
                    #expect(line.hasPrefix("  ") && !line.hasPrefix("  - "), "\(line)")
                }
            }
        }
    }

    @Test func `A gap shows what is missing and what the kernels say`() async throws {
        try await withFiles([Self.gap]) { files in
            let lines = try report(files[0]).lines(on: Screen(style: Style(colored: false), width: nil))
            #expect(lines[0] == "no-exec: Refuse executions")
            #expect(lines[1] == "gap: there is no way")
            #expect(lines.contains("  6.1 no: the request names no hook"))
            #expect(lines.contains("  7.2 no (not asked for): the request names no hook"))
            #expect(lines.contains { $0.contains("OPERATION_NETWORK_CONNECT = ") })
        }
    }

    @Test func `A mistake is shown with its line and a caret`() async throws {
        try await withFiles([Self.wrong]) { files in
            let diagnostics = try RequestFile(files[0]).diagnostics
            #expect(diagnostics.map(\.line) == [2])
            let lines = diagnostics[0].lines(on: Screen(style: Style(colored: false), width: nil))
            #expect(lines[0].hasPrefix("\(files[0]):2:7: error: unknown kind 'Wish'"))
            #expect(lines.contains(" 2 | kind: Wish"))
        }
    }
}
