// SPDX-License-Identifier: Apache-2.0

import APICatalogue

/// Declarations for what is missing, in the form that `api/` has: numbers that are free, every element documented, all
/// of it draft.
struct ProtoSketch {
    let api: APISchema
    let facts: [APIRequest.Fact]

    /// One block a part, an empty line between them.
    func text(for missing: [MissingPart]) -> String {
        var used: [String: Int] = [:]
        return missing.map { block(for: $0, &used).joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func block(for part: MissingPart, _ used: inout [String: Int]) -> [String] {
        switch part {
        case .operation(let name):
            let word = name.replacing(".", with: "_").uppercased()
            let number = next(in: "Operation", &used)
            let value = documented("`\(name)`: TODO: one sentence.", "OPERATION_\(word) = \(number);")
            return Self.inside("enum Operation", value)
                + (facts.isEmpty
                    ? [] : [""] + message(Self.camel(name) + "Details", "What an event on `\(name)` tells."))
        case .field(let name, _, _):
            let number = next(in: "FieldCondition", &used)
            let field = documented("`\(name)`: TODO: of what, and what it means.", "WordList \(name) = \(number);")
            return Self.inside("oneof field of message FieldCondition", field)
        case .access(let word, _):
            let number = next(in: "Access", &used)
            let value = documented("`\(word)`: TODO: one sentence.", "ACCESS_\(word.uppercased()) = \(number);")
            return Self.inside("enum Access", value)
        case .element(let name): return element(name, &used)
        }
    }

    /// A member of a message, enum or service that there is; else a new message.
    private func element(_ name: String, _ used: inout [String: Int]) -> [String] {
        let words = name.split(separator: ".").map(String.init)
        let ownName = words.last ?? name
        let owners = api.elements(named: words.dropLast().joined(separator: "."))
        guard let owner = owners.first(where: { [.message, .enum, .service].contains($0.kind) }) else {
            return message(ownName, "TODO: one sentence.")
        }
        let ownerName = api.shortName(owner)
        switch owner.kind {
        case .enum:
            let number = next(in: ownerName, &used)
            return Self.inside("enum \(ownerName)", documented("TODO: one sentence.", "\(ownName) = \(number);"))
        case .service:
            let rpc = "rpc \(ownName)(\(ownName)Request) returns (\(ownName)Response);"
            return Self.inside("service \(ownerName)", documented("TODO: one sentence.", rpc)) + [""]
                + message("\(ownName)Request", "TODO: what is asked for.") + [""]
                + documented("The answer to \(ownName).", "message \(ownName)Response {}")
        default:
            let fact = facts.first { $0.name == ownName }
            let number = next(in: ownerName, &used)
            let field = documented(
                fact?.summary ?? "TODO: one sentence.", unit: fact?.unit ?? "",
                "\(fact?.type ?? "bytes") \(ownName) = \(number);")
            return Self.inside("message \(ownerName)", field)
        }
    }

    private func message(_ name: String, _ summary: String) -> [String] {
        var lines = documented(summary, "message \(name) {")
        for (index, fact) in facts.enumerated() {
            lines += documented(fact.summary, unit: fact.unit, "\(fact.type) \(fact.name) = \(index + 1);").map {
                "  " + $0
            }
        }
        return lines + ["}"]
    }

    private func documented(_ summary: String, unit: String = "", _ declaration: String) -> [String] {
        let version = api.package.split(separator: ".").last ?? "v1"
        let properties = (unit.isEmpty ? "" : "unit: \(unit); ") + "since: \(version); stability: draft"
        return ["// \(summary)", "// \(properties)", declaration]
    }

    private static func inside(_ owner: String, _ lines: [String]) -> [String] {
        ["// In \(owner):"] + lines.map { "  " + $0 }
    }

    /// The first number that was never used there, each call another one.
    private func next(in owner: String, _ used: inout [String: Int]) -> Int {
        let own = api.elements.filter { $0.owner == "\(api.package).\(owner)" }
        let highest = own.compactMap { $0.numbers?.upperBound }.max() ?? 0
        let number = max(highest, used[owner] ?? 0) + 1
        used[owner] = number
        return number
    }

    /// `network.connect` as `NetworkConnect`.
    private static func camel(_ name: String) -> String {
        name.split { $0 == "." || $0 == "_" }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
