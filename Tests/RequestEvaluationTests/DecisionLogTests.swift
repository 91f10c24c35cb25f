// SPDX-License-Identifier: Apache-2.0

import Foundation
import PolicyLanguage
import RequestEvaluation
import RequestLanguage
import Testing

/// The template, the requests and the decisions in `docs/criteria` are true of the evaluation.
@Suite struct DecisionLogTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/criteria")

    private static func names(_ sub: String, _ ending: String) -> [String] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: sub).path)
        return (files ?? []).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    static let requests = names("requests", ".yaml")

    private func request(_ path: String) throws -> APIRequest {
        let bytes = Array(try Data(contentsOf: Self.folder.appending(path: path)))
        let document = RequestDocument.parse(bytes: bytes, file: path)
        #expect(document.diagnostics == [])
        return try #require(document.request)
    }

    private func decision(_ name: String) throws -> [String] {
        let text = try String(contentsOf: Self.folder.appending(path: "decisions/\(name).md"), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `The template can be evaluated as it is`() throws {
        let evaluation = RequestEvaluator().evaluate(try request("request-template.yaml"))
        #expect(evaluation.outcome == .covered)
    }

    @Test func `Every request is decided, and nothing else is`() {
        #expect(Self.requests.count >= 5)
        #expect(Self.requests == Self.names("decisions", ".md"))
        #expect(Self.requests.map { Int($0.prefix(4)) } == Array(1...Self.requests.count))
    }

    @Test(arguments: requests)
    func `A request evaluates to what its decision records`(name: String) throws {
        let request = try request("requests/\(name).yaml")
        #expect(name.dropFirst(5) == request.name)
        let evaluation = RequestEvaluator().evaluate(request)
        let lines = try decision(name)
        #expect(lines.contains("| outcome | \(evaluation.outcome.rawValue) |"))
        #expect(lines.contains("| asked | \(request.date), by \(request.author) |"))
        let decided = lines.filter { $0.hasPrefix("| decision | ") }
        let words = ["accepted", "declined", "deferred"]
        #expect(decided.count == 1 && words.contains { decided[0] == "| decision | \($0) |" }, "\(decided)")
        let carrying = evaluation.kernels.filter(\.carries).map(\.kernel)
        #expect(lines.contains("| kernels | \(carrying.isEmpty ? "none" : carrying.joined(separator: ", ")) |"))
    }

    @Test(arguments: requests)
    func `A decision argues along every criterion`(name: String) throws {
        let lines = try decision(name)
        let criteria = try String(contentsOf: Self.folder.appending(path: "CRITERIA.md"), encoding: .utf8)
        for word in ["Scenario", "Already", "Simpler", "Surface", "Kernels", "Cost", "Abuse"] {
            let argument = lines.first { $0.hasPrefix("- **\(word).** ") }
            #expect((argument?.split(separator: " ").count ?? 0) >= 8, "\(word)")
            #expect(criteria.contains("**\(word)"), "\(word)")
        }
        #expect(lines.contains { $0.hasPrefix("**Decision.** ") })
    }

    @Test func `What the criteria say of keys and outcomes is what there is`() throws {
        let criteria = try String(contentsOf: Self.folder.appending(path: "CRITERIA.md"), encoding: .utf8)
        let words =
            Evaluation.Outcome.allCases.map(\.rawValue) + APIRequest.Means.allCases.map(\.rawValue)
            + APIRequest.Action.allCases.map(\.rawValue)
        for word in words { #expect(criteria.contains("`\(word)`"), "\(word)") }
    }
}
