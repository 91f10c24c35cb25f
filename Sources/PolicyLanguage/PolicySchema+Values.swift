// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The values of fields, and what schemas are built from.
extension PolicySchema {
    static func field(_ field: Field) -> JSONText {
        switch field {
        case .path: oneOrMore(reference("pattern"), "Where the file lies: patterns, or 'unresolvable'")
        case .exe: oneOrMore(reference("pattern"), "The executable of the process: patterns, or 'unresolvable'")
        case .cgroup:
            oneOrMore(
                reference("pattern"), "The cgroup, as a path below the root of cgroups: patterns, or 'unresolvable'")
        case .ancestor:
            oneOrMore(
                reference("pattern"), "An executable that the process or one it descends from ran before: patterns")
        case .interpreter:
            oneOrMore(reference("pattern"), "The interpreter of a process that was started as a script: patterns")
        case .digest:
            oneOrMore(
                ["anyOf": [reference("digest"), ["type": "string", "pattern": "^file:."]]],
                "SHA-256 of the content of the file, or of the process's executable; file:NAME is a file of digests")
        case .verity: oneOrMore(reference("digest"), "The fs-verity digest of the file")
        case .filesystem:
            oneOrMore(
                ["type": "string", "pattern": "^[a-z0-9._-]+$", "maxLength": .number(Policy.maximumFilesystemLength)],
                "The type of the file system, as in /proc/filesystems")
        case .flags: oneOrMore(flag, "What the path doesn't show")
        case .user: oneOrMore(account, "The effective user: names or numbers")
        case .group: oneOrMore(account, "The effective group or a supplementary one: names or numbers")
        case .capability: oneOrMore(reference("capability"), "An effective capability")
        case .container: oneOrMore(container, "'*' for any container, or the id of one or its beginning")
        case .vendor: oneOrMore(reference("name"), "A registered vendor's; rules can't select agents by vendor yet")
        }
    }

    /// What fields and tests have in common, by the name of the definition.
    static var shared: JSONText {
        ["pattern": pattern, "digest": digest, "capability": capability, "signal": signal, "access": access]
    }

    private static let pattern: JSONText = [
        "anyOf": [["type": "string", "pattern": "^[/*{\\\\]"], ["const": .text(PolicyReader.unresolvable)]]
    ]
    private static let digest: JSONText = ["type": "string", "pattern": "^(sha256:)?[0-9A-Fa-f]{64}$"]
    private static let account: JSONText = ["type": ["string", "integer"]]
    private static let container: JSONText = ["type": ["string", "integer"]]
    static let flag: JSONText = ["enum": .list(FileFlag.selectable.map { .text($0.rawValue) })]

    /// Other spellings are read as well, and not suggested.
    private static let capability: JSONText = [
        "anyOf": [
            ["enum": .list(Capability.names.map { .text("CAP_" + $0.uppercased()) })],
            ["type": "string", "pattern": "^([Cc][Aa][Pp]_)?[A-Za-z_]+$"],
        ]
    ]
    private static let signal: JSONText = [
        "anyOf": [
            ["enum": .list(Signal.names.dropFirst().map { .text($0) })],
            ["type": "string", "pattern": "^(SIG)?[A-Z][A-Z0-9+]*$"],
            ["type": "integer", "minimum": 0, "maximum": .number(Int(Signal.maximum))],
        ]
    ]

    /// Each word with the operations that know it.
    private static var access: JSONText {
        let words = Access.allCases.map { word in
            let operations = OperationCatalogue.all.filter { $0.access.contains(word) }.map(\.operation.rawValue)
            return JSONText.object([
                .init(key: "const", value: .text(word.rawValue)),
                .init(key: "description", value: .text("Of " + operations.joined(separator: ", "))),
            ])
        }
        return ["oneOf": .list(words)]
    }

    // MARK: Building

    static func reference(_ name: String, _ description: String? = nil) -> JSONText {
        let reference: JSONText = ["$ref": .text("#/$defs/\(name)")]
        guard let description else { return reference }
        return JSONText.object([.init(key: "description", value: .text(description))]).merging(reference)
    }

    static func words<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type) -> JSONText {
        ["enum": .list(Word.allCases.map { .text($0.rawValue) })]
    }

    static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ type: Word.Type, _ description: String
    ) -> JSONText {
        JSONText.object([.init(key: "description", value: .text(description))]).merging(words(type))
    }

    static func list(of entry: JSONText, _ description: String) -> JSONText {
        ["description": .text(description), "type": "array", "minItems": 1, "items": entry]
    }

    /// A list, or a single entry.
    static func oneOrMore(_ entry: JSONText, _ description: String) -> JSONText {
        [
            "description": .text(description),
            "anyOf": [entry, ["type": "array", "minItems": 1, "items": entry]],
        ]
    }

    /// A mapping with exactly the keys that the reader knows.
    static func mapping(
        _ keys: PolicyKeys, _ description: String, _ properties: JSONText, isRequired: [String] = []
    ) -> JSONText {
        guard case .object(let members) = properties, members.map(\.key) == keys.known else {
            preconditionFailure("the schema of \(keys.place) doesn't have the keys \(keys.known) in their order")
        }
        let schema: JSONText = [
            "description": .text(description), "type": "object", "properties": properties,
            "additionalProperties": false,
        ]
        return isRequired.isEmpty ? schema : schema.merging(["required": .list(isRequired.map { .text($0) })])
    }
}
