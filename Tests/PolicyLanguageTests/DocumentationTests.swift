// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Foundation
import PolicyLanguage
import Testing

/// The documentation and the policies that come with the project are true of the code.
@Suite struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: ["default.yaml", "unresolvable-audit.yaml"])
    func aPolicyOfTheProjectHasNeitherErrorsNorWarnings(_ file: String) throws {
        let document = PolicyDocument.parse(text: try text("policies/\(file)"), file: file)
        #expect(document.diagnostics == [])
        #expect(document.policies.count == 1)
    }

    @Test func everyPolicyInTheDocumentationIsSound() throws {
        let blocks = try text("docs/POLICY.md").components(separatedBy: "```yaml\n").dropFirst()
        #expect(!blocks.isEmpty)
        for block in blocks {
            let yaml = try #require(block.components(separatedBy: "```").first)
            #expect(PolicyDocument.parse(text: yaml, file: "docs/POLICY.md").diagnostics == [])
        }
    }

    @Test func everyRowOfTheTableOfPatternsIsTrue() throws {
        let lines = try text("docs/POLICY.md").split(separator: "\n", omittingEmptySubsequences: false)
        let header = try #require(lines.firstIndex(of: "| pattern | matches | doesn't match |"))
        let rows = lines[(header + 2)...].prefix { $0.hasPrefix("|") }
        #expect(rows.count >= 12)
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map(codes)
            let pattern = try PathPattern(try #require(cells[0].first))
            #expect(!cells[1].isEmpty, "\(row)")
            for path in cells[1] { #expect(pattern.matches(Array(path.utf8)), "\(pattern) and \(path)") }
            for path in cells[2] { #expect(!pattern.matches(Array(path.utf8)), "\(pattern) and \(path)") }
        }
    }

    /// What stands between backticks.
    private func codes(_ cell: Substring) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    @Test func everyReasonAndEveryOperationIsDocumented() throws {
        let text = try text("docs/POLICY.md")
        for reason in ObservedPath.Unresolvable.allCases { #expect(text.contains("`\(reason.word)`")) }
        for operation in Operation.allCases { #expect(text.contains("`\(operation.rawValue)`")) }
    }
}
