// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage

/// A policy file: what `PolicyLanguage` says about it, with the lines that it says it about.
struct PolicyFile {
    private(set) var policies: [Policy]
    /// By the name of the policy.
    private(set) var tests: [String: [PolicyTest]]
    private(set) var diagnostics: [SourceDiagnostic]

    /// - Throws: `CommandFailure` when the file can't be read. That it isn't a policy is a diagnostic.
    init(_ path: String) throws {
        let bytes = try FileContents.read(path)
        let document = PolicyDocument.parse(
            bytes: bytes, file: path, digestLists: DigestListFile.reader(beside: path))
        policies = document.policies
        tests = document.tests
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        diagnostics = document.diagnostics.map { diagnostic in
            SourceDiagnostic(
                diagnostic.severity == .error ? .error : .warning, file: diagnostic.file, line: diagnostic.line,
                column: diagnostic.column, message: diagnostic.message, hint: diagnostic.instead,
                source: lines.indices.contains(diagnostic.line - 1)
                    ? String(decoding: lines[diagnostic.line - 1], as: UTF8.self) : nil)
        }
    }

    static func yaml(for policy: Policy) -> String {
        var text = PolicyDocument.yaml(for: policy)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
