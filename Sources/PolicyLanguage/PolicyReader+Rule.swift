// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// The rule and the place of its name, or `nil` if it has errors.
    mutating func rule(_ tree: YAMLTree) -> (rule: Rule, namePlace: Place)? {
        guard let fields = fields(tree, .rule, isRequired: ["name", "on", "action"]) else { return nil }
        let name = fields["name"].flatMap { self.name($0, "the rule's name") }
        let operations = fields["on"].flatMap { self.operations($0) }
        let subject = fields["subject"].flatMap { condition($0, .subject, field: .subjectExe) }
        let object = fields["object"].flatMap { condition($0, .object, field: .objectPath) }
        if let operations {
            if let tree = fields["subject"] { check(.subjectExe, at: tree.place, operations) }
            if let tree = fields["object"] { check(.objectPath, at: tree.place, operations) }
        }
        let action = fields["action"].flatMap { self.action($0) }
        guard let name, let operations, let action, let namePlace = fields["name"]?.place else { return nil }
        if fields["subject"] != nil, subject == nil { return nil }
        if fields["object"] != nil, object == nil { return nil }
        return (Rule(name: name, operations: operations, subject: subject, object: object, action: action), namePlace)
    }

    private mutating func operations(_ tree: YAMLTree) -> [Operation]? {
        guard let list = list(tree, "on") else { return nil }
        let deniable = OperationCatalogue.all.filter(\.canDeny).map(\.operation.rawValue)
        var operations: [Operation] = []
        for element in list {
            guard let text = text(element, "an operation") else { continue }
            if let operation = Operation(rawValue: text) {
                if !OperationCatalogue.description(of: operation).canDeny {
                    diagnostics.error(
                        element.place, "\(text) can only be observed: no rule can decide it",
                        instead: "write one of " + deniable.joined(separator: ", "))
                } else if operations.contains(operation) {
                    diagnostics.error(element.place, "\(text) is there twice", instead: "remove one of them")
                } else {
                    operations.append(operation)
                }
            } else if PolicyKeys.laterOperations.contains(text) {
                diagnostics.error(
                    element.place, "the operation '\(text)' is not supported by this version",
                    instead: "write one of " + deniable.joined(separator: ", "))
            } else {
                diagnostics.error(
                    element.place, "unknown operation '\(text)'",
                    instead: Spelling.suggestion(for: text, among: deniable))
            }
        }
        return operations.count == list.count ? operations : nil
    }

    /// Refuses a field that one of the operations hasn't got.
    private mutating func check(_ field: RuleField, at place: Place, _ operations: [Operation]) {
        for operation in operations
        where !OperationCatalogue.description(of: operation).fields.contains(field) {
            let others = OperationCatalogue.all.filter { $0.fields.contains(field) }.map(\.operation.rawValue)
            diagnostics.error(
                place, "\(operation.rawValue) has no \(field.rawValue)",
                instead: "remove it, or write a rule of its own for " + others.joined(separator: ", "))
        }
    }

    private mutating func action(_ tree: YAMLTree) -> Rule.Action? {
        if case .text("ask") = tree.content {
            diagnostics.error(
                tree.place, "the action 'ask' is not supported by this version", instead: "write allow or deny")
            return nil
        }
        return word(tree, "action", Rule.Action.allCases.map(\.rawValue)).flatMap(Rule.Action.init(rawValue:))
    }

    /// `{exe: […]}` or `{not: {exe: […]}}`, and the same for `path`.
    private mutating func condition(_ tree: YAMLTree, _ keys: PolicyKeys, field: RuleField) -> PathCondition? {
        guard let fields = fields(tree, keys) else { return nil }
        let key = keys.known[0]
        guard case .mapping(let entries) = tree.content else { return nil }
        if entries.isEmpty {
            diagnostics.error(tree.place, "\(keys.place) is empty", instead: "write '\(key)', or leave it out for any")
            return nil
        }
        if fields[key] != nil, fields["not"] != nil {
            diagnostics.error(
                tree.place, "'\(key)' beside 'not' is not supported by this version",
                instead: "write an allow rule for the exceptions before this one")
            return nil
        }
        if let list = fields[key] { return patterns(list, key, inverted: false) }
        guard let not = fields["not"] else { return nil }
        guard let inner = self.fields(not, keys.inverted) else { return nil }
        guard let list = inner[key] else {
            if case .mapping(let entries) = not.content, entries.isEmpty {
                diagnostics.error(not.place, "'not' is empty", instead: "write '\(key)' in it")
            }
            return nil
        }
        return patterns(list, key, inverted: true)
    }

    private mutating func patterns(_ tree: YAMLTree, _ key: String, inverted: Bool) -> PathCondition? {
        guard let list = list(tree, key) else { return nil }
        var condition = PathCondition(patterns: [], inverted: inverted)
        var known: Set<PathPattern> = []
        var isWhole = true
        for element in list {
            guard let text = text(element, "a pattern") else {
                isWhole = false
                continue
            }
            if text == "unresolvable" {
                condition.unresolvable = true
                continue
            }
            do throws(PathPatternError) {
                let pattern = try PathPattern(text)
                if !known.insert(pattern).inserted {
                    diagnostics.warning(element.place, "the pattern '\(text)' is there twice", instead: "remove one")
                } else {
                    condition.patterns.append(pattern)
                }
            } catch {
                isWhole = false
                let (problem, instead) = Self.sentence(error.message)
                diagnostics.error(
                    place(of: error.offset, in: text, at: element.place),
                    "bad pattern '\(Self.excerpt(text))': \(problem)",
                    instead: instead)
            }
        }
        return isWhole ? condition : nil
    }

    /// What is wrong and what to write instead, which a pattern's error says in one sentence.
    private static func sentence(_ message: String) -> (String, String) {
        guard let colon = message.firstRange(of: ": ") else { return (message, "") }
        return (String(message[..<colon.lowerBound]), String(message[colon.upperBound...]))
    }

    private static func excerpt(_ text: String) -> String { text.count <= 80 ? text : text.prefix(79) + "…" }

    /// The place of byte `offset` of a scalar, if the file spells the scalar as it is; else the scalar's.
    private func place(of offset: Int, in text: String, at place: Place) -> Place {
        guard place.line <= lines.count else { return place }
        let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars
        var rest = lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1)
        var column = place.column
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest = rest.dropFirst()
            column += 1
        }
        return rest.starts(with: before) ? Place(line: place.line, column: column + before.count) : place
    }
}
