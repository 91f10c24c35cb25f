// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
package import PolicyTools

/// The decisions that change, for people and programs.
package struct PolicyDiffReport: Sendable {
    package let difference: PolicyDifference

    package init(_ difference: PolicyDifference) { self.difference = difference }

    package func lines(on screen: Screen) -> [String] {
        var lines: [String] = []
        for change in difference.changes {
            let style = screen.style
            lines.append(
                "\(style.bold(change.operation.rawValue)): \(Self.verdict(change.old, style)) → "
                    + Self.verdict(change.new, style))
            lines += Self.line("before", Self.decider(change.old), screen)
            lines += Self.line("after", Self.decider(change.new), screen)
            if !change.conditions.isEmpty {
                lines += Self.line("among", change.conditions.joined(separator: "; "), screen)
            }
            lines += Self.line("such as", AttemptText(change.example).text, screen)
        }
        lines += difference.omissions.map { screen.style.yellow("not all: \(VisibleText($0).text)") }
        let count = difference.changes.count
        return lines + [count == 0 ? "no decision changes" : PolicyReport.count(count, "change", "changes")]
    }

    private static func line(_ word: String, _ text: String, _ screen: Screen) -> [String] {
        var lines = Prose.wrap(VisibleText(text).text, width: screen.width, indent: 12)
        lines[0] = "    " + word.padded(to: 8) + lines[0].dropFirst(12)
        return lines
    }

    private static func verdict(_ outcome: Outcome, _ style: Style) -> String {
        switch outcome.result {
        case .allow: style.green("allow")
        case .deny: style.red("deny")
        case .audit: style.yellow("audit")
        case .ask: style.cyan("ask")
        }
    }

    private static func decider(_ outcome: Outcome) -> String {
        outcome.decision.rule.isEmpty ? "no rule" : "\(outcome.decision.policy)/\(outcome.decision.rule)"
    }

    package var json: JSONObject {
        [
            "changes": .array(
                difference.changes.map { change in
                    .object([
                        "operation": .string(change.operation.rawValue), "old": .object(change.old.json),
                        "new": .object(change.new.json),
                        "conditions": .array(change.conditions.map(JSONValue.string)),
                        "example": .object(change.example.json),
                    ])
                }),
            "complete": .bool(difference.omissions.isEmpty),
            "omissions": .array(difference.omissions.map(JSONValue.string)),
        ]
    }
}
