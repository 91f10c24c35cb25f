// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The keys of a mapping in a policy file, or in a file that is read like one.
package struct PolicyKeys {
    /// What the mapping is called in messages.
    var place: String
    var known: [String]

    package init(place: String, known: [String]) {
        self.place = place
        self.known = known
    }

    static let document = PolicyKeys(place: "a policy", known: ["apiVersion", "kind", "metadata", "spec", "tests"])
    static let metadata = PolicyKeys(place: "'metadata'", known: ["name", "vendor", "summary"])
    static let spec = PolicyKeys(place: "'spec'", known: ["mode", "scope", "when_uncovered", "rules"])
    static let rule = PolicyKeys(
        place: "a rule",
        known: ["name", "on", "subject", "object"] + OperationDetail.allCases.map(\.rawValue)
            + ["action", "unknown_digest", "timeout", "on_timeout"])

    static let scope = PolicyKeys(place: "'scope'", known: processFields + ["not"])
    static let subject = PolicyKeys(place: "'subject'", known: processFields + ["not"])
    static let object = PolicyKeys(
        place: "'object'", known: fileFields + processFields.filter { !fileFields.contains($0) } + ["not"])

    private static let processFields = Field.ofProcesses.map(\.rawValue)
    private static let fileFields = Field.ofFiles.map(\.rawValue)

    /// These keys without `not`, which doesn't stand within `not`.
    var inverted: PolicyKeys {
        PolicyKeys(place: "'not'", known: known.filter { $0 != "not" })
    }

    static let test = PolicyKeys(
        place: "a test",
        known: ["name", "operation", "subject", "object"] + OperationDetail.allCases.map(\.rawValue)
            + ["expect", "rule"])
    static let testSubject = PolicyKeys(place: "the test's 'subject'", known: processFacts)
    static let testProcess = PolicyKeys(place: "the test's 'object'", known: processFacts)
    static let testFile = PolicyKeys(
        place: "the test's 'object'", known: ["path", "flags", "filesystem", "digest", "verity"])

    private static let processFacts = [
        "exe", "user", "groups", "cgroup", "ancestors", "script", "capabilities", "digest",
    ]
}
