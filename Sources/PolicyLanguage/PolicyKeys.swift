// SPDX-License-Identifier: Apache-2.0

/// The keys of a mapping in a policy file: those of this version, and those that the design has for later ones.
struct PolicyKeys {
    /// What the mapping is called in messages.
    var place: String
    var known: [String]
    var later: [String] = []

    static let document = PolicyKeys(
        place: "a policy", known: ["apiVersion", "kind", "metadata", "spec"], later: ["tests"])
    static let metadata = PolicyKeys(place: "'metadata'", known: ["name", "vendor", "summary"])
    static let spec = PolicyKeys(place: "'spec'", known: ["mode", "rules"], later: ["scope", "when_uncovered"])
    static let rule = PolicyKeys(
        place: "a rule", known: ["name", "on", "subject", "object", "action"],
        later: ["access", "signal", "mapping", "area", "timeout", "on_timeout"])
    static let subject = PolicyKeys(place: "'subject'", known: ["exe", "not"], later: processFields)
    static let object = PolicyKeys(
        place: "'object'", known: ["path", "not"],
        later: ["exe", "filesystem", "flags", "verity"] + processFields)

    private static let processFields = [
        "digest", "vendor", "user", "group", "cgroup", "ancestor", "interpreter", "capability", "container",
    ]

    /// These keys without `not`, which doesn't stand within `not`.
    var inverted: PolicyKeys {
        PolicyKeys(place: "'not'", known: known.filter { $0 != "not" }, later: later)
    }

    /// Operations that the design has for later versions.
    static let laterOperations: Set<String> = [
        "process.open", "process.signal", "process.control", "process.credentials", "thread.create", "thread.open",
        "memory.map_executable", "memory.make_executable", "image.load_module", "image.load_bpf", "image.load_kernel",
        "image.load_firmware", "file.open", "file.create", "file.unlink", "file.rename", "file.link",
        "file.set_attributes", "file.truncate", "file.mount", "kernel.access",
    ]
}
