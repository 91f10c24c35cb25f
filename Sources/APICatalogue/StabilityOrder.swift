// SPDX-License-Identifier: Apache-2.0

/// The rule that an element promises no more than what it is made of.
///
/// A frozen rpc is worth nothing while its messages may change, nor a frozen field while its type may. An owner may gain
/// members of lower stability: a message grows by fields that are new.
enum StabilityOrder {
    static func violations(in schema: APISchema) -> [SchemaViolation] {
        let types = schema.types
        let owners = Dictionary(schema.elements.filter { $0.kind != .reserved }.map { ($0.name, $0) }) { a, _ in a }
        return schema.elements.compactMap { element in
            guard let stability = element.stability else { return nil }
            let parts = schema.references(of: element, among: types) + [owners[element.owner]].compactMap(\.self)
            let weakest = parts.first { part in part.stability.map { $0 < stability } ?? false }
            guard let weakest, let theirs = weakest.stability else { return nil }
            return SchemaViolation(
                .lessStablePart, element.name,
                "it is \(stability.rawValue), while \(weakest.name) is \(theirs.rawValue)")
        }
    }
}
