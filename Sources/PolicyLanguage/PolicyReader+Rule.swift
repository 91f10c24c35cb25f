// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// The rule and the place of its name, or `nil` if it has errors.
    mutating func rule(_ tree: YAMLTree) -> (rule: Rule, namePlace: Place)? {
        guard let fields = fields(tree, .rule, isRequired: ["name", "on", "action"]) else { return nil }
        let name = fields["name"].flatMap { self.name($0.value, "the rule's name") }
        let operations = fields["on"].flatMap { self.operations($0.value) }
        let subject = fields["subject"].flatMap { condition($0.value, .subject, on: nil) }
        let object = fields["object"].flatMap { condition($0.value, .object, on: operations ?? []) }
        let details = details(fields, on: operations ?? [])
        let outcome = outcome(of: fields, at: tree.place, on: operations ?? [])
        guard let name, let operations, let details, let outcome, let namePlace = fields["name"]?.value.place else {
            return nil
        }
        if fields["subject"] != nil, subject == nil { return nil }
        if fields["object"] != nil, object == nil { return nil }
        let rule = Rule(
            name: name, operations: operations, subject: subject, object: object, access: details.access,
            signals: details.signals, mappings: details.mappings, areas: details.areas, action: outcome.action,
            unknownDigest: outcome.unknownDigest, timeoutMilliseconds: outcome.timeoutMilliseconds,
            onTimeout: outcome.onTimeout)
        return (rule, namePlace)
    }

    private mutating func operations(_ tree: YAMLTree) -> [Operation]? {
        guard let list = list(tree, "on") else { return nil }
        var operations: [Operation] = []
        for element in list {
            guard let operation = operation(element) else { continue }
            if operations.contains(operation) {
                diagnostics.error(
                    element.place, "\(operation.rawValue) is there twice", instead: "remove one of them")
            } else {
                operations.append(operation)
            }
        }
        return operations.count == list.count ? operations : nil
    }

    /// An operation that can be decided.
    mutating func operation(_ tree: YAMLTree) -> Operation? {
        guard let text = text(tree, "an operation") else { return nil }
        let deniable = OperationCatalogue.all.filter(\.canDeny).map(\.operation)
        guard let operation = Operation(rawValue: text) else {
            diagnostics.error(
                tree.place, "unknown operation '\(Self.excerpt(text))'",
                instead: Spelling.suggestion(for: text, among: deniable.map(\.rawValue)))
            return nil
        }
        guard deniable.contains(operation) else {
            diagnostics.error(
                tree.place, "\(text) can only be observed: no rule can decide it",
                instead: "write one of \(Self.list(deniable))")
            return nil
        }
        return operation
    }
}
