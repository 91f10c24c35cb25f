// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension Event {
    package var json: JSONObject {
        var object: JSONObject = [
            "sequence": .number(sequence), "time": .string(Timestamp(nanoseconds: time).rfc3339),
            "operation": .string(operation.rawValue), "verdict": .string(decision.verdict.rawValue),
            "policy": .string(decision.policy), "rule": .string(decision.rule), "vendor": .string(decision.vendor),
            "generation": .number(decision.generation), "subject": .object(subject.json),
        ]
        if !decision.cause.isEmpty {
            object["cause"] = .string(decision.cause)
            object["reason"] = .string(decision.reason)
        }
        var attemptedOn = self.object.json
        var target: JSONObject?
        if let path = details.target {
            if case .process = self.object {
                // What that process runs: it belongs to the process.
                attemptedOn.setPath("exe", path, unresolvable: "exe_unresolvable")
            } else {
                var place = JSONObject()
                place.setPath("path", path, unresolvable: "unresolvable")
                target = place
            }
        }
        object["object"] = .object(attemptedOn)
        for member in details.json.members { object[member.key] = member.value }
        object["target"] = target.map(JSONValue.object)
        return object
    }
}

extension EventDetails {
    /// Members of the event. The target isn't among them, as what it is depends on the object.
    fileprivate var json: JSONObject {
        // In the order of the model, so that equal events are equal lines.
        let access = Access.allCases.filter(access.contains).map { JSONValue.string($0.rawValue) }
        let mappings = MappingKind.allCases.filter(mappings.contains).map { JSONValue.string($0.rawValue) }
        return [
            "access": access.isEmpty ? nil : .array(access), "way": way.isEmpty ? nil : .string(way),
            "signal": signal.map { .string($0.text) }, "mapping": mappings.isEmpty ? nil : .array(mappings),
            "area": area.map { .string($0.rawValue) }, "credentials": credentials.map { .object($0.json) },
            "name": name.isEmpty ? nil : .string(name),
        ]
    }
}

extension Gap {
    package var json: JSONObject {
        var byOperation = JSONObject()
        for operation in Operation.allCases {
            byOperation[operation.rawValue] = counts[operation].map { .number($0) }
        }
        return [
            "gap": .object([
                "place": .string(place.rawValue),
                "missing": missing.map { .object(["first": .number($0.lowerBound), "last": .number($0.upperBound)]) },
                "counts": .object(byOperation), "denied": .number(denied), "total": .number(total),
            ])
        ]
    }
}

extension StreamElement {
    /// One line of `watch --output json`.
    package var json: JSONObject {
        switch self {
        case .event(let event): event.json
        case .gap(let gap): gap.json
        case .sync(let marker): ["sync": .number(marker)]
        case .process(let process): ["process": .object(process.json)]
        }
    }
}
