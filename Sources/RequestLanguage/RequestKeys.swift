// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage

/// The keys of a request file.
extension PolicyKeys {
    static let requiredOfRequest = [
        "apiVersion", "kind", "metadata", "scenario", "need", "kernels", "already", "simpler", "surface", "cost",
        "abuse",
    ]
    static let request = PolicyKeys(place: "a request", known: requiredOfRequest)
    static let requestMetadata = PolicyKeys(place: "'metadata'", known: ["name", "title", "from", "date"])
    static let requestNeed = PolicyKeys(
        place: "'need'",
        known: [
            "action", "operation", "subject", "object", "access", "element", "means", "hooks", "sleeps", "facts",
            "words",
        ])
    static let requestFact = PolicyKeys(place: "a fact", known: ["name", "type", "unit", "summary"])
    static let requestCost = PolicyKeys(place: "'cost'", known: ["per", "limit"])
}
