// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension Rule {
    /// Written as in a policy's YAML; what the rule doesn't say is left out.
    package var json: JSONObject {
        func words(_ words: [String]) -> JSONValue? { words.isEmpty ? nil : .array(words.map(JSONValue.string)) }
        return [
            "name": .string(name), "on": .array(operations.map { .string($0.rawValue) }),
            "subject": subject.map { .object($0.json) }, "object": object.map { .object($0.json) },
            "access": words(access.map(\.rawValue)), "signal": words(signals.map(\.text)),
            "mapping": words(mappings.map(\.rawValue)), "area": words(areas.map(\.rawValue)),
            "action": .string(action.rawValue), "unknown_digest": unknownDigest.map { .string($0.rawValue) },
            "timeout": timeoutMilliseconds.map { .string(Rule.timeoutText($0)) },
            "on_timeout": onTimeout.map { .string($0.rawValue) },
        ]
    }
}

extension InstalledPolicy {
    package var json: JSONObject {
        [
            "name": .string(policy.name), "vendor": .string(policy.vendor), "summary": .string(policy.summary),
            "mode": .string(policy.mode.rawValue), "when_uncovered": .string(policy.whenUncovered.rawValue),
            "installed_at": .string(Timestamp(nanoseconds: installedAt).rfc3339),
            "scope": policy.scope.map { .object($0.json) }, "rules": .array(policy.rules.map { .object($0.json) }),
        ]
    }
}

extension PolicyReceipt {
    package var json: JSONObject {
        [
            "generation": .number(generation), "policies": .number(policies), "rules": .number(rules),
            "patterns": .number(patterns), "states": .number(states), "notes": .array(notes.map(JSONValue.string)),
        ]
    }
}
