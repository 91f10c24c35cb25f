// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage

/// Policy files. What is read without an error must be written and read again as the same.
struct PolicyTarget: FuzzTarget {
    let name = "policies"

    static let policies: [Policy] = {
        let document = PolicyDocument.parse(text: Samples.policy, file: "sample")
        precondition(!document.hasErrors && !document.policies.isEmpty, "\(document.diagnostics)")
        return document.policies
    }()

    func samples() throws -> [[UInt8]] { [Array(Samples.policy.utf8)] }

    let words = [
        "apiVersion: ", "sallyport.dev/v1", "kind: Policy", "metadata:", "spec:", "rules:", "on:", "object:",
        "subject:", "path:", "user:", "action: ", "mode: ", "scope: ", "deny", "allow", "audit", "ask", "tests:",
        "not:", "**", "&a ", "*a",
        "<<: ", "!!binary ", "\n---\n", "\n", "  ", "- ", "[", "]", "{", "}", "|\n", "\"", "'", "\u{feff}", "\\x00",
        "%",
        "1000-2000", "digest:", "sha256:", "file:list", "group:", "ancestor:", "container:", "0x", "~", "null",
    ]

    func decode(_ bytes: [UInt8]) {
        let document = PolicyDocument.parse(bytes: bytes, file: "fuzz")
        guard !document.hasErrors else { return }
        for policy in document.policies {
            let again = PolicyDocument.parse(text: PolicyDocument.yaml(for: policy), file: "again")
            precondition(again.policies == [policy], "a policy isn't what is written of it")
        }
    }
}
