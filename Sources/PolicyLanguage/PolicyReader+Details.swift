// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// `access`, `signal`, `mapping` and `area`, of a rule or a test.
    struct Details {
        var access: [Access] = []
        var signals: [Signal] = []
        var mappings: [MappingKind] = []
        var areas: [KernelArea] = []
    }

    /// `nil` if there are errors. What isn't written is empty.
    mutating func details(_ fields: [String: YAMLTree.Entry], on operations: [Operation]) -> Details? {
        var details = Details()
        var isWhole = true
        for detail in OperationDetail.allCases {
            guard let entry = fields[detail.rawValue] else { continue }
            guard check(detail, at: entry.keyPlace, operations), read(detail, entry.value, operations, &details) else {
                isWhole = false
                continue
            }
        }
        return isWhole ? details : nil
    }

    private mutating func read(
        _ detail: OperationDetail, _ tree: YAMLTree, _ operations: [Operation], _ details: inout Details
    ) -> Bool {
        let key = detail.rawValue
        switch detail {
        case .access:
            guard let access = access(tree, operations) else { return false }
            details.access = access
        case .signal:
            guard let signals = entries(tree, key, .signal) else { return false }
            details.signals = signals
        case .mapping:
            guard let mappings = entries(tree, key, .mapping) else { return false }
            details.mappings = mappings
        case .area:
            guard let areas = entries(tree, key, .area) else { return false }
            details.areas = areas
        }
        return true
    }

    /// Refuses a key that one of the operations hasn't got.
    private mutating func check(_ detail: OperationDetail, at place: Place, _ operations: [Operation]) -> Bool {
        let others = operations.filter { OperationCatalogue.description(of: $0).has(detail) }
        for operation in operations where !others.contains(operation) {
            diagnostics.error(
                place, "\(operation.rawValue) has no \(detail.rawValue)",
                instead: others.isEmpty ? "remove it" : "remove it, or write a rule of its own for \(Self.list(others))"
            )
        }
        return others.count == operations.count
    }

    /// Words that each of the operations knows.
    private mutating func access(_ tree: YAMLTree, _ operations: [Operation]) -> [Access]? {
        let descriptions = operations.map(OperationCatalogue.description)
        let words = Access.allCases.filter { word in
            descriptions.isEmpty || descriptions.contains { $0.access.contains(word) }
        }
        var kind = ListEntry.word("access", among: words)
        // Words of other operations are looked at below.
        kind.read = { Access(rawValue: $0) }
        let access = entries(tree, "access", kind)
        var isWhole = true
        for element in tree.elements {
            guard case .text(let text) = element.content, let word = Access(rawValue: text) else { continue }
            let others = descriptions.filter { $0.access.contains(word) }.map(\.operation)
            for description in descriptions where !description.access.contains(word) {
                isWhole = false
                diagnostics.error(
                    element.place, "\(description.operation.rawValue) has no access '\(text)'",
                    instead: others.isEmpty
                        ? Spelling.suggestion(for: text, among: description.access.map(\.rawValue))
                        : "remove it, or write a rule of its own for \(Self.list(others))")
            }
        }
        return isWhole ? access : nil
    }
}
