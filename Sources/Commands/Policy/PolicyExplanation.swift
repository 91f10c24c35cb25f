// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PolicyLanguage
package import PolicyTools

/// An explanation for people and programs, with what is known of the event that it is about.
package struct PolicyExplanation: Sendable {
    package let explanation: Explanation
    /// As it was recorded, with the decision of that time.
    package let event: Event?
    /// What policies ask and the event doesn't say.
    package let missing: [String]

    package init(_ explanation: Explanation, event: Event? = nil, missing: [String] = []) {
        self.explanation = explanation
        self.event = event
        self.missing = missing
    }

    /// Whether the event was decided otherwise than these policies would.
    private var isOtherDecision: Bool {
        guard let decision = event?.decision else { return false }
        let own = explanation.outcome.decision
        return decision.verdict != own.verdict || decision.policy != own.policy || decision.rule != own.rule
    }

    // MARK: For people

    package func lines(on screen: Screen) -> [String] {
        let style = screen.style
        var lines = wrap(
            "\(explanation.attempt.operation.rawValue): \(AttemptText(explanation.attempt).text)", 0, screen)
        for trace in explanation.policies { lines += self.lines(trace, screen) }
        if explanation.policies.isEmpty { lines.append("no policy is in force") }
        let outcome = explanation.outcome
        let verdict =
            "\(outcome.result.rawValue)"
            + (outcome.decision.rule.isEmpty ? "" : " by \(outcome.decision.policy)/\(outcome.decision.rule)")
        let painted = outcome.decision.verdict == .deny ? style.red : style.green
        lines += wrap("=> \(verdict): \(explanation.reason)", 3, screen).map(painted)
        if !missing.isEmpty {
            lines += wrap(
                "not in the event, taken as unknown: \(missing.joined(separator: ", "))", 2, screen
            ).map(style.yellow)
        }
        if let event, isOtherDecision {
            let decision = event.decision
            lines += wrap(
                "recorded: \(decision.verdict.rawValue)"
                    + (decision.rule.isEmpty ? "" : " by \(decision.policy)/\(decision.rule)")
                    + " (generation \(decision.generation)): other policies were in force, or more was known", 2, screen
            ).map(style.yellow)
        }
        return lines
    }

    private func lines(_ trace: Explanation.PolicyTrace, _ screen: Screen) -> [String] {
        let policy = trace.policy
        let tier = policy.vendor == "site" ? "site" : "vendor \(policy.vendor)"
        var lines = wrap(
            "\(policy.name) (\(tier), \(policy.mode.rawValue)): \(Self.sentence(trace.standing))", 2, screen)
        for rule in trace.rules {
            switch rule.fate {
            case .fails(let failure):
                lines += wrap("- \(rule.rule.name): \(Self.text(failure))", 6, screen, first: 4).map(screen.style.dim)
            case .matches:
                lines += wrap("* \(rule.rule.name): matches, \(rule.rule.action.rawValue)", 6, screen, first: 4)
                    .map(screen.style.bold)
            case .comesLater:
                lines += wrap(
                    "- \(rule.rule.name): matches too (\(rule.rule.action.rawValue)), but comes later", 6, screen,
                    first: 4
                ).map(screen.style.dim)
            }
        }
        return lines
    }

    private func wrap(_ text: String, _ indent: Int, _ screen: Screen, first: Int = 0) -> [String] {
        Prose.wrap(VisibleText(text).text, width: screen.width, indent: indent, first: first)
    }

    private static func text(_ failure: FailedCondition) -> String {
        if failure.place == "on" { return "isn't on \(failure.found)" }
        let list = RuleText.list(failure.wanted)
        return failure.place.contains(".not.")
            ? "\(failure.place) is what it must not be: \(failure.found), in \(list)"
            : "\(failure.place) is \(failure.found), not in \(list)"
    }

    private static func sentence(_ standing: Explanation.Standing) -> String {
        switch standing {
        case .noMatch: "no rule matches"
        case .decides: "decides"
        case .silent: "allows in audit mode, which decides nothing"
        case .outranked: "outranked by another policy"
        case .notReached: "not asked, as the site's policies have decided"
        }
    }

    // MARK: For programs

    package var json: JSONObject {
        [
            "attempt": .object(explanation.attempt.json), "decision": .object(explanation.outcome.json),
            "reason": .string(explanation.reason),
            "policies": .array(explanation.policies.map { .object(Self.json($0)) }),
            "missing": .array(missing.map(JSONValue.string)),
            "recorded": event.map { event in
                .object([
                    "sequence": .number(event.sequence), "verdict": .string(event.decision.verdict.rawValue),
                    "policy": .string(event.decision.policy), "rule": .string(event.decision.rule),
                    "vendor": .string(event.decision.vendor), "generation": .number(event.decision.generation),
                ])
            },
        ]
    }

    private static func json(_ trace: Explanation.PolicyTrace) -> JSONObject {
        let rules = trace.rules.map { rule -> JSONValue in
            var object: JSONObject = ["name": .string(rule.rule.name), "action": .string(rule.rule.action.rawValue)]
            switch rule.fate {
            case .matches: object["fate"] = "matches"
            case .comesLater: object["fate"] = "comes-later"
            case .fails(let failure):
                object["fate"] = "fails"
                object["failed"] = .object([
                    "place": .string(failure.place), "wanted": .array(failure.wanted.map(JSONValue.string)),
                    "found": .string(failure.found),
                ])
            }
            return .object(object)
        }
        let standing: String =
            switch trace.standing {
            case .noMatch: "no-match"
            case .decides: "decides"
            case .silent: "silent"
            case .outranked: "outranked"
            case .notReached: "not-reached"
            }
        return [
            "name": .string(trace.policy.name), "vendor": .string(trace.policy.vendor),
            "tier": .string(trace.policy.vendor == "site" ? "site" : "vendor"),
            "mode": .string(trace.policy.mode.rawValue), "standing": .string(standing), "rules": .array(rules),
        ]
    }
}
