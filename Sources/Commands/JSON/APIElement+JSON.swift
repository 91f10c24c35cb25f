// SPDX-License-Identifier: Apache-2.0

package import APICatalogue

extension APIElement {
    /// What the element hasn't got is left out.
    package var json: JSONObject {
        func text(_ text: String) -> JSONValue? { text.isEmpty ? nil : .string(text) }
        return [
            "name": .string(name), "kind": .string(kind.rawValue), "number": number.map { .number($0) },
            "type": text(type), "summary": .string(summary), "unit": text(unit), "since": .string(since),
            "stability": stability.map { .string($0.rawValue) },
        ]
    }
}
