// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension PolicyDocument {
    /// `policy` as a policy file; reading it gives an equal policy, but that a pattern written twice is there once.
    public static func yaml(for policy: Policy) -> String {
        var lines = [
            "apiVersion: \(PolicyReader.apiVersion)", "kind: \(PolicyReader.kind)", "metadata:",
            "  name: \(policy.name)", "  vendor: \(policy.vendor)",
        ]
        if !policy.summary.isEmpty { lines.append("  summary: \(quoted(policy.summary))") }
        lines += ["spec:", "  mode: \(policy.mode.rawValue)", "  rules:"]
        for rule in policy.rules {
            lines.append("    - name: \(rule.name)")
            lines.append("      on: [\(rule.operations.map(\.rawValue).joined(separator: ", "))]")
            if let subject = rule.subject { lines += condition(subject, side: "subject", key: "exe") }
            if let object = rule.object { lines += condition(object, side: "object", key: "path") }
            lines.append("      action: \(rule.action.rawValue)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func condition(_ condition: PathCondition, side: String, key: String) -> [String] {
        var lines = ["      \(side):"]
        var indentation = "        "
        if condition.inverted {
            lines.append(indentation + "not:")
            indentation += "  "
        }
        lines.append(indentation + "\(key):")
        for pattern in condition.patterns { lines.append(indentation + "  - \(quoted(pattern.text))") }
        if condition.unresolvable { lines.append(indentation + "  - unresolvable") }
        return lines
    }

    /// In single quotes, where only the quote itself is doubled; in double quotes if there is something that can't be
    /// shown as it is.
    private static func quoted(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy(isPrintable) {
            return "'" + text.replacing("'", with: "''") + "'"
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
