// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension PolicyDocument {
    /// `policy` as a policy file; reading it gives an equal policy, but that an entry written twice is there once.
    public static func yaml(for policy: Policy) -> String {
        var lines = [
            "apiVersion: \(PolicyReader.apiVersion)", "kind: \(PolicyReader.kind)", "metadata:",
            "  name: \(policy.name)", "  vendor: \(policy.vendor)",
        ]
        if !policy.summary.isEmpty { lines.append("  summary: \(quoted(policy.summary))") }
        lines += ["spec:", "  mode: \(policy.mode.rawValue)"]
        if policy.whenUncovered != .refuse { lines.append("  when_uncovered: \(policy.whenUncovered.rawValue)") }
        if let scope = policy.scope { lines += condition(scope, "scope", indentation: "  ") }
        lines.append("  rules:")
        for rule in policy.rules { lines += self.rule(rule) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rule(_ rule: Rule) -> [String] {
        var lines = ["    - name: \(rule.name)", "      on: \(words(rule.operations.map(\.rawValue)))"]
        if let subject = rule.subject { lines += condition(subject, "subject", indentation: "      ") }
        if let object = rule.object { lines += condition(object, "object", indentation: "      ") }
        if !rule.access.isEmpty { lines.append("      access: \(words(rule.access.map(\.rawValue)))") }
        if !rule.signals.isEmpty { lines.append("      signal: \(words(rule.signals.map(\.text)))") }
        if !rule.mappings.isEmpty { lines.append("      mapping: \(words(rule.mappings.map(\.rawValue)))") }
        if !rule.areas.isEmpty { lines.append("      area: \(words(rule.areas.map(\.rawValue)))") }
        lines.append("      action: \(rule.action.rawValue)")
        if let unknown = rule.unknownDigest { lines.append("      unknown_digest: \(unknown.rawValue)") }
        if let timeout = rule.timeoutMilliseconds { lines.append("      timeout: \(Rule.timeoutText(timeout))") }
        if let onTimeout = rule.onTimeout { lines.append("      on_timeout: \(onTimeout.rawValue)") }
        return lines
    }

    private static func words(_ words: [String]) -> String { "[\(words.joined(separator: ", "))]" }

    private static func condition(_ condition: Condition, _ key: String, indentation: String) -> [String] {
        var lines = ["\(indentation)\(key):"]
        lines += condition.all.flatMap { field($0, indentation: indentation + "  ") }
        if !condition.not.isEmpty {
            lines.append("\(indentation)  not:")
            lines += condition.not.flatMap { field($0, indentation: indentation + "    ") }
        }
        return lines
    }

    private static func field(_ condition: FieldCondition, indentation: String) -> [String] {
        ["\(indentation)\(condition.field.rawValue):"] + entries(condition).map { "\(indentation)  - \($0)" }
    }

    private static func entries(_ condition: FieldCondition) -> [String] {
        switch condition {
        case .path(let list), .exe(let list), .cgroup(let list), .ancestor(let list), .interpreter(let list):
            list.patterns.map { quoted($0.text) } + (list.unresolvable ? [PolicyReader.unresolvable] : [])
        case .digest(let digests), .verity(let digests): digests.map { quoted($0.text) }
        case .filesystem(let names): names.map(quoted)
        case .flags(let flags): flags.map(\.rawValue)
        case .user(let accounts), .group(let accounts): accounts.map { quoted($0.text) }
        case .capability(let capabilities): capabilities.map(\.text)
        case .container(let containers): containers.map { quoted($0.text) }
        case .vendor(let names): names.map(quoted)
        }
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
