// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension PathCondition {
    fileprivate func json(_ field: String) -> JSONValue {
        let words = patterns.map(\.text).map(JSONValue.string) + (unresolvable ? ["unresolvable"] : [])
        let condition = JSONValue.object([field: .array(words)])
        return inverted ? .object(["not": condition]) : condition
    }
}

extension Rule {
    /// Written as in a policy's YAML.
    package var json: JSONObject {
        [
            "name": .string(name), "on": .array(operations.map { .string($0.rawValue) }),
            "subject": subject.map { $0.json("exe") }, "object": object.map { $0.json("path") },
            "action": .string(action.rawValue),
        ]
    }
}

extension InstalledPolicy {
    package var json: JSONObject {
        [
            "name": .string(policy.name), "vendor": .string(policy.vendor), "summary": .string(policy.summary),
            "mode": .string(policy.mode.rawValue),
            "installed_at": .string(Timestamp(nanoseconds: installedAt).rfc3339),
            "rules": .array(policy.rules.map { .object($0.json) }),
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
