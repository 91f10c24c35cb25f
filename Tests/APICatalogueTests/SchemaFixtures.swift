// SPDX-License-Identifier: Apache-2.0

import APICatalogue

/// A small API: a service with one rpc, its messages, an enum.
enum SchemaFixtures {
    static func schema(_ stability: Stability = .draft) -> APISchema {
        func element(
            _ kind: APIElement.Kind, _ name: String, _ number: Int? = nil, type: String = "", unit: String = ""
        ) -> APIElement {
            APIElement(
                kind, "p.v1.\(name)", number: number, type: type, summary: "What \(name) is.", unit: unit, since: "v1",
                stability: stability)
        }
        return APISchema(
            package: "p.v1",
            elements: [
                element(.service, "Doors"),
                element(.rpc, "Doors.Open", type: "(OpenRequest) returns (stream OpenResponse)"),
                element(.message, "OpenRequest"),
                element(.field, "OpenRequest.door", 1, type: "string"),
                element(.field, "OpenRequest.wait", 2, type: "uint32", unit: "milliseconds"),
                APIElement(.reserved, "p.v1.OpenRequest.7-9", number: 7, type: "to 9"),
                APIElement(.reserved, "p.v1.OpenRequest.lock"),
                element(.message, "OpenResponse"),
                element(.field, "OpenResponse.state", 1, type: "DoorState"),
                element(.enum, "DoorState"),
                element(.value, "DoorState.DOOR_STATE_UNSPECIFIED", 0),
                element(.value, "DoorState.DOOR_STATE_OPEN", 1),
                element(.message, "Unrelated"),
            ])
    }
}

extension APISchema {
    /// Changes the element with the name below the package.
    func changing(_ name: String, _ change: (inout APIElement) -> Void) -> APISchema {
        var schema = self
        let index = elements.firstIndex { $0.name == "\(package).\(name)" }!
        change(&schema.elements[index])
        return schema
    }

    func removing(_ name: String) -> APISchema {
        var schema = self
        schema.elements.removeAll { $0.name == "\(package).\(name)" }
        precondition(schema.elements.count < elements.count)
        return schema
    }

    func adding(_ element: APIElement) -> APISchema {
        var schema = self
        schema.elements.append(element)
        return schema
    }

    /// What the rules say of a change to `current`.
    func rules(broken current: APISchema) -> [String: SchemaViolation.Rule] {
        let violations = SchemaComparison.violations(recorded: self, current: current)
        return Dictionary(violations.map { (String($0.element.dropFirst(package.count + 1)), $0.rule) }) { a, _ in a }
    }
}
