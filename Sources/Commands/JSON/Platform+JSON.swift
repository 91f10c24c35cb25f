// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension PlatformStatus {
    package var json: JSONObject {
        [
            "ready": .bool(ready), "tier": .string(tier.rawValue), "sealed": .bool(sealed), "version": .string(version),
            "kernel": .string(kernel), "pid": .number(pid),
            "started_at": .string(Timestamp(nanoseconds: startedAt).rfc3339), "generation": .number(generation),
            "policies": .number(policies), "rules": .number(rules),
            "policy_bundle": .number(policyBundle), "vendors": .number(vendors),
            "processes": .number(processes),
            "events": .object([
                "delivered": .number(events.delivered), "lost": .number(events.lost), "denied": .number(events.denied),
                "unresolvable": .number(events.unresolvable),
            ]),
        ]
    }
}

extension Coverage {
    package var json: JSONObject {
        [
            "tier": .string(tier.rawValue), "reason": .string(reason), "kernel": .string(kernel),
            "operations": .array(
                operations.map { row in
                    .object([
                        "name": .string(row.operation.rawValue), "notify": .bool(row.notify), "deny": .bool(row.deny),
                        "ask": .bool(row.ask), "reason": .string(row.reason),
                    ])
                }),
        ]
    }
}
