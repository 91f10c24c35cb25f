// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The schema of `tests:`.
extension PolicySchema {
    static var test: JSONText {
        mapping(
            .test, "An attempt, and what the policy shall make of it",
            [
                "name": reference("name", "Unique among the tests of the policy"),
                "operation": reference("operation", "What is attempted"),
                "subject": process(.testSubject, "The process that attempts it"),
                "object": [
                    "description": "The file or the process that it is attempted on",
                    "anyOf": [file, process(.testProcess)],
                ],
                "access": oneOrMore(reference("access"), "What is wanted of the object; read and write may be both"),
                "signal": reference("signal", "The signal that is sent"),
                "mapping": oneOrMore(words(MappingKind.self), "The kinds of the memory"),
                "area": word(KernelArea.self, "The area of the kernel"),
                "expect": word(PolicyTest.Expectation.self, "What shall become of it"),
                "rule": reference("name", "The rule that shall decide"),
            ], isRequired: ["name", "operation", "expect"])
    }

    private static func process(_ keys: PolicyKeys, _ description: String = "A process") -> JSONText {
        let ids: JSONText = ["anyOf": [["type": "integer", "minimum": 0], ["const": "root"]]]
        return mapping(
            keys, description,
            [
                "exe": path("The executable; /usr/bin/true when absent"),
                "user": ids.merging(["description": "The effective user, as a number; 1000 when absent"]),
                "groups": oneOrMore(ids, "All groups, as numbers; that of the user's number when absent"),
                "cgroup": path("The cgroup below the root of cgroups; the root when absent"),
                "ancestors": oneOrMore(
                    path(), "Executables that it or one it descends from ran before; none when absent"),
                "script": ["description": "Whether it was started as a script", "type": "boolean"],
                "capabilities": oneOrMore(reference("capability"), "Effective capabilities; none when absent"),
                "digest": reference("digest", "Of the executable's content; not known when absent"),
            ])
    }

    private static var file: JSONText {
        mapping(
            .testFile, "A file",
            [
                "path": path("Where it lies"), "flags": oneOrMore(flag, "What the path doesn't show; none when absent"),
                "filesystem": ["description": "The type of its file system; ext4 when absent", "type": "string"],
                "digest": reference("digest", "Of its content; not known when absent"),
                "verity": reference("digest", "Its fs-verity digest; it has none when absent"),
            ])
    }

    private static func path(_ description: String? = nil) -> JSONText {
        let path: JSONText = [
            "anyOf": [["type": "string", "pattern": "^/"], ["const": .text(PolicyReader.unresolvable)]]
        ]
        return description.map { path.merging(["description": .text($0)]) } ?? path
    }
}
