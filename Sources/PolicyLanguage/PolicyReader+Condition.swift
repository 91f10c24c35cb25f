// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Subjects, objects and scopes.
extension PolicyReader {
    /// A mapping of fields, with the exceptions that `not` holds; `nil` if it has errors.
    ///
    /// - Parameter operations: those whose objects it is about; `nil` if it is about subjects, which have every field
    ///   that can be written.
    mutating func condition(_ tree: YAMLTree, _ keys: PolicyKeys, on operations: [Operation]?) -> Condition? {
        guard let fields = fields(tree, keys), case .mapping(let entries) = tree.content else { return nil }
        if entries.isEmpty {
            diagnostics.error(
                tree.place, "\(keys.place) is empty",
                instead: "write one of \(keys.inverted.known.joined(separator: ", ")), or leave it out for any")
            return nil
        }
        let all = group(entries, keys, on: operations)
        guard let not = fields["not"] else { return all.map { Condition(all: $0, not: []) } }
        guard self.fields(not.value, keys.inverted) != nil, case .mapping(let exceptions) = not.value.content else {
            return nil
        }
        if exceptions.isEmpty {
            diagnostics.error(
                not.value.place, "'not' is empty",
                instead: "write one of \(keys.inverted.known.joined(separator: ", ")) in it")
            return nil
        }
        guard let inverted = group(exceptions, keys, on: operations), let all else { return nil }
        return Condition(all: all, not: inverted)
    }

    /// Whether `field` is written in a condition, also under `not`.
    static func mentions(_ field: Field, in tree: YAMLTree) -> Bool {
        guard case .mapping(let entries) = tree.content else { return false }
        return entries.contains { $0.key == field.rawValue || $0.key == "not" && mentions(field, in: $0.value) }
    }

    /// The fields of a group in the order of the file; keys that aren't fields are somebody else's.
    private mutating func group(
        _ entries: [YAMLTree.Entry], _ keys: PolicyKeys, on operations: [Operation]?
    ) -> [FieldCondition]? {
        var conditions: [FieldCondition] = []
        var isWhole = true
        for entry in entries where keys.known.contains(entry.key) {
            guard let field = Field(rawValue: entry.key) else { continue }
            if let operations { check(field, at: entry.keyPlace, operations) }
            if let condition = self.condition(field, entry.value) {
                conditions.append(condition)
            } else {
                isWhole = false
            }
            if field == .vendor {
                diagnostics.error(
                    entry.keyPlace, "'vendor' selects nothing: rules can't select agents by vendor yet",
                    instead: "select the programs themselves, by 'exe' or 'digest', or the files, by 'path' or 'digest'"
                )
            }
        }
        return isWhole ? conditions : nil
    }

    private mutating func condition(_ field: Field, _ tree: YAMLTree) -> FieldCondition? {
        let key = field.rawValue
        return switch field {
        case .path: patterns(tree, key).map { .path($0) }
        case .exe: patterns(tree, key).map { .exe($0) }
        case .cgroup: patterns(tree, key).map { .cgroup($0) }
        case .ancestor: patterns(tree, key).map { .ancestor($0) }
        case .interpreter: patterns(tree, key).map { .interpreter($0) }
        case .digest: digests(tree, key).map { .digest($0) }
        case .verity: entries(tree, key, .digest).map { .verity($0) }
        case .filesystem: entries(tree, key, .filesystem).map { .filesystem($0) }
        case .flags: entries(tree, key, .flag).map { .flags($0) }
        case .user: entries(tree, key, .user).map { .user($0) }
        case .group: entries(tree, key, .group).map { .group($0) }
        case .capability: entries(tree, key, .capability).map { .capability($0) }
        case .container: entries(tree, key, .container).map { .container($0) }
        case .vendor: entries(tree, key, .vendor).map { .vendor($0) }
        }
    }

    /// Refuses a field that the object of one of the operations hasn't got.
    private mutating func check(_ field: Field, at place: Place, _ operations: [Operation]) {
        let descriptions = operations.map(OperationCatalogue.description)
        let others = descriptions.filter { $0.fields.contains(field) }
        for description in descriptions where !description.fields.contains(field) {
            let instead =
                if !others.isEmpty {
                    "remove it, or write a rule of its own for \(Self.list(others.map(\.operation)))"
                } else if description.fields.isEmpty {
                    "remove it; the operation has no object that could be selected"
                } else {
                    Spelling.suggestion(for: field.rawValue, among: description.object.fields.map(\.rawValue))
                }
            diagnostics.error(
                place, "\(description.operation.rawValue) has no object.\(field.rawValue)", instead: instead)
        }
    }

    static func list(_ operations: [Operation]) -> String { operations.map(\.rawValue).joined(separator: ", ") }
}
