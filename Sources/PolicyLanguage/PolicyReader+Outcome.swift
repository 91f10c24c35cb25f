// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// What a rule does when it matches, and where an answer isn't known.
    struct Outcome {
        var action: Rule.Action
        var unknownDigest: Rule.Fallback?
        var timeoutMilliseconds: UInt32?
        var onTimeout: Rule.Fallback?
    }

    /// `nil` if there are errors.
    mutating func outcome(
        of fields: [String: YAMLTree.Entry], at rulePlace: Place, on operations: [Operation]
    ) -> Outcome? {
        let action = fields["action"].flatMap { word($0.value, "action", Rule.Action.self) }
        let unknownDigest = fields["unknown_digest"].flatMap {
            word($0.value, "unknown_digest", Rule.Fallback.self)
        }
        let timeout = fields["timeout"].flatMap { self.timeout($0.value) }
        let onTimeout = fields["on_timeout"].flatMap { word($0.value, "on_timeout", Rule.Fallback.self) }
        checkUnknownDigest(fields, at: rulePlace)
        guard let action else { return nil }
        if action == .ask {
            checkAsk(fields, at: rulePlace, operations)
        } else {
            for key in ["timeout", "on_timeout"] {
                guard let entry = fields[key] else { continue }
                diagnostics.error(
                    entry.keyPlace, "'\(key)' has a meaning only with 'action: ask'", instead: "remove it")
            }
        }
        return Outcome(
            action: action, unknownDigest: unknownDigest, timeoutMilliseconds: timeout, onTimeout: onTimeout)
    }

    private mutating func checkUnknownDigest(_ fields: [String: YAMLTree.Entry], at rulePlace: Place) {
        let ruleAsks = ["subject", "object"].contains { side in
            fields[side].map { Self.mentions(.digest, in: $0.value) } ?? false
        }
        if let entry = fields["unknown_digest"], !ruleAsks, !scopeAsksForDigest {
            diagnostics.error(
                entry.keyPlace, "'unknown_digest' has a meaning only where the rule or the scope has a 'digest'",
                instead: "remove it")
        }
        if fields["unknown_digest"] == nil, ruleAsks || scopeAsksForDigest {
            diagnostics.error(
                rulePlace,
                ruleAsks
                    ? "a rule with a 'digest' has no 'unknown_digest'"
                    : "a rule of a policy whose scope has a 'digest' has no 'unknown_digest'",
                instead:
                    "add 'unknown_digest: deny' or 'unknown_digest: allow', for attempts while the digest isn't known")
        }
    }

    private mutating func checkAsk(
        _ fields: [String: YAMLTree.Entry], at rulePlace: Place, _ operations: [Operation]
    ) {
        if fields["on_timeout"] == nil {
            diagnostics.error(
                rulePlace, "a rule that asks has no 'on_timeout'",
                instead: "add 'on_timeout: deny' or 'on_timeout: allow', for attempts without an answer in time")
        }
        let askable = OperationCatalogue.all.filter(\.canAsk).map(\.operation)
        for operation in operations where !askable.contains(operation) {
            diagnostics.error(
                fields["action"]?.value.place ?? rulePlace, "\(operation.rawValue) can't wait for an answer",
                instead: "write allow or deny; only \(Self.list(askable)) can ask")
        }
    }

    private mutating func timeout(_ tree: YAMLTree) -> UInt32? {
        guard let text = text(tree, "'timeout'") else { return nil }
        if let milliseconds = Rule.timeoutMilliseconds(text) { return milliseconds }
        let range = Rule.timeoutRange
        diagnostics.error(
            tree.place, "bad timeout '\(Self.excerpt(text))'",
            instead: "write whole milliseconds or seconds, such as 500ms or 2s, from "
                + "\(Rule.timeoutText(range.lowerBound)) to \(Rule.timeoutText(range.upperBound))")
        return nil
    }
}
