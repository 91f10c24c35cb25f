// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a condition asks of its executable or path, as far as that can be told apart from what else it asks: it is in
/// `all`, and not in `not`.
struct PathSelection: Hashable {
    var all: PathList?
    var not: PathList?

    /// The fields that paths are told apart by; a condition has at most one of them.
    static let fields: Set<Field> = [.exe, .path]

    /// - Parameter condition: `nil` selects every path.
    init(_ condition: Condition?) {
        guard let condition else { return }
        all = condition.all.first { Self.fields.contains($0.field) }?.pathList
        // Of a group with another field, nothing is known by the path alone.
        if condition.not.count == 1, Self.fields.contains(condition.not[0].field) { not = condition.not[0].pathList }
    }

    /// What the condition asks besides.
    static func remainder(of condition: Condition?) -> Set<FieldCondition> {
        Set(condition?.all.filter { !fields.contains($0.field) } ?? [])
    }

    /// The group that is inverted as a whole, if more than a path is in it.
    static func remainingExceptions(of condition: Condition?) -> Set<FieldCondition> {
        PathSelection(condition).not == nil ? Set(condition?.not ?? []) : []
    }

    var matchesUnresolvable: Bool { all?.unresolvable != false && not?.unresolvable != true }
}
