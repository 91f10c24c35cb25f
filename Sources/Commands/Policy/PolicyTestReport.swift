// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
package import PolicyTools

/// What running the tests of policy files gives.
package struct PolicyTestReport: Sendable {
    private struct Run: Sendable {
        var file: String
        var run: PolicyTestRun
    }

    package private(set) var diagnostics: [SourceDiagnostic] = []
    private var runs: [Run] = []

    /// - Throws: `CommandFailure` when a file can't be read, or when our evaluators disagree.
    package init(files: [String]) throws {
        for file in files {
            let text = try PolicyFile(file)
            diagnostics += text.diagnostics
            for policy in text.policies { try take(policy, text.tests[policy.name] ?? [], file) }
        }
    }

    private mutating func take(_ policy: Policy, _ tests: [PolicyTest], _ file: String) throws {
        do {
            let accounts = SystemAccounts.directory(for: [policy])
            runs.append(Run(file: file, run: try PolicyTestRun(policy, tests: tests, accounts: accounts)))
        } catch let error as Disagreement {
            throw CommandFailure(.findings, "\(error)")
        } catch {
            diagnostics.append(SourceDiagnostic(.error, file: file, line: 0, column: 0, message: "\(error)"))
        }
    }

    package var results: [PolicyTestRun.Result] { runs.flatMap(\.run.results) }
    package var failures: Int { runs.reduce(0) { $0 + $1.run.failures } }
    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    package var isGood: Bool { !hasErrors && failures == 0 }
}

extension PolicyTestReport {
    package func diagnosticLines(on screen: Screen) -> [String] { diagnostics.flatMap { $0.lines(on: screen) } }

    /// A line a test, as compilers write it, and one about all.
    package func lines(on screen: Screen) -> [String] {
        var lines: [String] = []
        for run in runs {
            for result in run.run.results {
                let place = screen.style.bold(VisibleText(run.file).text + ":\(result.test.line):")
                let name = "\(run.run.policy.name)/\(result.test.name)"
                if result.isAsExpected {
                    lines.append("\(place) \(screen.style.green("ok")) \(name)")
                } else {
                    lines.append("\(place) \(screen.style.red("FAILED")) \(name)")
                    lines.append(
                        "    expected \(Self.text(result.test.expected, result.test.rule, isExpectation: true))")
                    lines.append("    found    \(Self.text(result.outcome.result, result.rule, isExpectation: false))")
                }
            }
        }
        let total = results.count
        let sentence =
            "\(PolicyReport.count(total, "test", "tests")) of \(PolicyReport.count(runs.count, "policy", "policies")): "
            + (failures == 0 ? "all as expected" : "\(failures) failed, \(total - failures) as expected")
        if total == 0 {
            return hasErrors ? [] : [screen.style.yellow("no tests: a policy's tests stand in its `tests:`")]
        }
        return lines + [failures == 0 ? screen.style.green(sentence) : screen.style.red(sentence)]
    }

    private static func text(_ result: PolicyTest.Expectation, _ rule: String?, isExpectation: Bool) -> String {
        if let rule { return "\(result.rawValue) by rule '\(rule)'" }
        return isExpectation ? result.rawValue : "\(result.rawValue), as no rule matches"
    }

    package var json: JSONObject {
        let tests = runs.flatMap { run in
            run.run.results.map { result -> JSONValue in
                .object([
                    "file": .string(run.file), "line": .number(result.test.line),
                    "policy": .string(run.run.policy.name), "name": .string(result.test.name),
                    "ok": .bool(result.isAsExpected),
                    "expected": .object([
                        "verdict": .string(result.test.expected.rawValue),
                        "rule": result.test.rule.map(JSONValue.string),
                    ]),
                    "found": .object([
                        "verdict": .string(result.outcome.result.rawValue), "rule": result.rule.map(JSONValue.string),
                    ]),
                ])
            }
        }
        return [
            "ok": .bool(isGood), "diagnostics": .array(diagnostics.map { .object($0.json) }), "tests": .array(tests),
            "passed": .number(results.count - failures), "failed": .number(failures),
        ]
    }
}
