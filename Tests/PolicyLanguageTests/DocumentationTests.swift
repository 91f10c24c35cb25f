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

    /// Those in `policies/`, found by looking.
    static let shipped = try! FileManager.default.contentsOfDirectory(atPath: root.appending(path: "policies").path)
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test func thePoliciesThatAreReferredToAreThere() throws {
        let expected = [
            "container-drift.yaml", "default.yaml", "interpreters-from-packages.yaml", "kernel-lockdown.yaml",
            "memfd-and-deleted.yaml",
            "module-allow-list.yaml", "no-foreign-debuggers.yaml", "protect-secrets.yaml", "server-default.yaml",
            "unresolvable-audit.yaml", "w-xor-x.yaml",
        ]
        #expect(Self.shipped == expected)
        let text = try text("docs/POLICY.md")
        for file in expected { #expect(text.contains("`\(file)`")) }
    }

    @Test(arguments: shipped)
    func aPolicyOfTheProjectHasNeitherErrorsNorWarnings(_ file: String) throws {
        let document = PolicyDocument.parse(text: try text("policies/\(file)"), file: file)
        #expect(document.diagnostics == [])
        #expect(document.policies.count == 1)
        #expect(document.policies.first?.summary.isEmpty == false)
    }

    @Test(arguments: shipped)
    func aPolicyOfTheProjectSaysItsLicenceAndWhatItDoes(_ file: String) throws {
        let comment = try text("policies/\(file)").split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("#") }
        #expect(comment.first == "# SPDX-License-Identifier: Apache-2.0")
        #expect(comment.count >= 6)
    }

    @Test(arguments: shipped)
    func aPolicyOfTheProjectTestsBothDirectionsAndEveryRuleThatDenies(_ file: String) throws {
        let document = PolicyDocument.parse(text: try text("policies/\(file)"), file: file)
        let policy = try #require(document.policies.first)
        let tests = try #require(document.tests[policy.name])
        let refused: PolicyTest.Expectation = policy.mode == .audit ? .audit : .deny
        #expect(tests.count >= 6)
        #expect(Set(tests.map(\.expected)) == [.allow, refused])
        let tested = Set(tests.filter { $0.expected == refused }.compactMap(\.rule))
        #expect(tested == Set(policy.rules.filter { $0.action == .deny }.map(\.name)))
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

    @Test func everyFieldFlagAndWordIsDocumented() throws {
        let text = try text("docs/POLICY.md")
        for field in Field.allCases { #expect(text.contains("`\(field.rawValue)`"), "\(field)") }
        for flag in FileFlag.selectable { #expect(text.contains("`\(flag.rawValue)`"), "\(flag)") }
        for access in Access.allCases { #expect(text.contains("`\(access.rawValue)`"), "\(access)") }
    }
}
