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
        diagnostics = SourceDiagnostic.all(document.diagnostics, in: bytes)
    }

    static func yaml(for policy: Policy) -> String {
        var text = PolicyDocument.yaml(for: policy)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
