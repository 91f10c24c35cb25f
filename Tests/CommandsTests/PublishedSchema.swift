// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// One of `docs/schema`, and a check of documents against it: the keywords that those files use, and more strictly than
/// a validator, as a key that isn't described is a problem too.
struct PublishedSchema {
    private let files: [String: JSONDocument]
    private let name: String

    init(_ name: String, beside testFile: String = #filePath) throws {
        let root = testFile.split(separator: "/").dropLast(3).joined(separator: "/")
        var files: [String: JSONDocument] = [:]
        for file in Set([name, "event.json", "policy-list.json"]) {
            files[file] = try JSONDocument(contentsOf: "/\(root)/docs/schema/\(file)")
        }
        self.files = files
        self.name = name
    }

    /// What is wrong with `document`; empty when it is as published. `pointer` names a part of the schema.
    func problems(_ document: JSONDocument, pointer: String = "#") -> [String] {
        check(document, .object(["$ref": .string(pointer)]), file: name, at: "")
    }

    private func check(_ value: JSONDocument, _ schema: JSONDocument, file: String, at place: String) -> [String] {
        if let reference = schema["$ref"]?.string {
            let parts = reference.split(separator: "#", omittingEmptySubsequences: false)
            let target = parts[0].isEmpty ? file : String(parts[0])
            var resolved = files[target]
            for key in parts[1].split(separator: "/") { resolved = resolved?[String(key)] }
            guard let resolved else { return ["\(place): the schema refers to \(reference), which isn't there"] }
            return check(value, resolved, file: target, at: place)
        }
        if let choices = schema["oneOf"]?.array {
            let outcomes = choices.map { check(value, $0, file: file, at: place) }
            let fitting = outcomes.count { $0.isEmpty }
            return fitting == 1 ? [] : ["\(place): fits \(fitting) of \(choices.count) alternatives: \(outcomes)"]
        }
        var problems: [String] = []
        if let constant = schema["const"], constant != value { problems.append("\(place): isn't \(constant)") }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            problems.append("\(place): \(value) isn't allowed")
        }
        if let type = schema["type"] {
            let names = type.array?.compactMap(\.string) ?? [type.string ?? ""]
            if value.typeNames.isDisjoint(with: names) { problems.append("\(place): \(value) is none of \(names)") }
        }
        if let members = value.members {
            let properties = schema["properties"]?.members ?? [:]
            for required in schema["required"]?.array ?? [] where members[required.string ?? ""] == nil {
                problems.append("\(place): \(required) is missing")
            }
            for (key, member) in members {
                guard let property = properties[key] else {
                    problems.append("\(place)/\(key): isn't described")
                    continue
                }
                problems += check(member, property, file: file, at: "\(place)/\(key)")
            }
        }
        if let items = schema["items"], let elements = value.array {
            for (index, element) in elements.enumerated() {
                problems += check(element, items, file: file, at: "\(place)/\(index)")
            }
        }
        return problems
    }
}
