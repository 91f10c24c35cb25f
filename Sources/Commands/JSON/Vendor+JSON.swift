// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension Vendor {
    package var json: JSONObject {
        [
            "name": .string(name), "state": .string(state.rawValue), "development": .bool(isDevelopment),
            "entitlements": .array(ceiling.words.map(JSONValue.string)),
            "executables": .array(executables.map { .string($0.description) }),
            "enrolled_at": .string(Timestamp(nanoseconds: enrolledAt).rfc3339),
            "certificate_until": notAfter == 0 ? .null : .string(Timestamp(nanoseconds: notAfter).rfc3339),
            "clients": .number(clients),
            "quotas": .array(
                quotas.map { quota in
                    .object([
                        "name": .string(quota.limit.name), "limit": .number(quota.limit.value),
                        "used": .number(quota.used), "refused": .number(quota.refused),
                        "unit": .string(quota.limit.unit),
                    ])
                }),
        ]
    }
}

extension VendorAuthority {
    package var json: JSONObject {
        let refused = refusals.sorted { $0.key < $1.key }.map { reason, count in
            JSONValue.object(["reason": .string(reason), "count": .number(count)])
        }
        return [
            "issues": .bool(issues), "until": .string(Timestamp(nanoseconds: notAfter).rfc3339),
            "revocation_problem": .string(revocationProblem), "refused": .array(refused),
            "certificate": .string(certificate),
        ]
    }
}
