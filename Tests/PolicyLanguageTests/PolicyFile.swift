// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage

/// Policy files for tests.
enum PolicyFile {
    /// A sound policy of 16 lines; `replacing` maps line numbers to other text (which may be several lines).
    static func text(replacing: [Int: String] = [:]) -> String {
        lines.enumerated().map { replacing[$0 + 1] ?? $1 }.joined(separator: "\n") + "\n"
    }

    private static let lines = [
        "apiVersion: sallyport.dev/v1",  // 1
        "kind: Policy",  // 2
        "metadata:",  // 3
        "  name: no-code-from-tmp",  // 4
        "  vendor: site",  // 5
        "spec:",  // 6
        "  mode: enforce",  // 7
        "  rules:",  // 8
        "    - name: package-manager",  // 9
        "      on: [process.exec, image.load]",  // 10
        "      subject: {exe: ['/usr/bin/dpkg', '/usr/bin/apt*']}",  // 11
        "      action: allow",  // 12
        "    - name: world-writable",  // 13
        "      on: [process.exec, image.load]",  // 14
        "      object: {path: ['/tmp/**', unresolvable]}",  // 15
        "      action: deny",  // 16
    ]

    static func parse(_ text: String) -> PolicyDocument { PolicyDocument.parse(text: text, file: "p.yaml") }

    /// A policy with these rules, each a few lines of YAML without indentation.
    static func rules(_ rules: String...) -> String {
        let indented = rules.map { rule in
            rule.split(separator: "\n").enumerated().map { ($0 == 0 ? "    - " : "      ") + $1 }.joined(
                separator: "\n")
        }
        return """
            apiVersion: sallyport.dev/v1
            kind: Policy
            metadata: {name: p}
            spec:
              rules:
            \(indented.joined(separator: "\n"))

            """
    }
}
