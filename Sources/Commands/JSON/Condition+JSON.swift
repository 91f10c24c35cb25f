// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyTools

extension Condition {
    /// Written as in a policy's YAML: each field's list by the field's name, and `not`.
    var json: JSONObject {
        var object = Self.json(all)
        if !not.isEmpty { object["not"] = .object(Self.json(not)) }
        return object
    }

    private static func json(_ conditions: [FieldCondition]) -> JSONObject {
        var object = JSONObject()
        for condition in conditions {
            object[condition.field.rawValue] = .array(condition.words.map(JSONValue.string))
        }
        return object
    }
}
