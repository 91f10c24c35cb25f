// SPDX-License-Identifier: Apache-2.0

/// The rules of the life cycle, as a pure function of what was recorded and what is declared.
public enum SchemaComparison {
    /// What `current` does wrong by itself and against `recorded`; empty when it is as recorded and as it should be.
    /// In the order of `current`, then what vanished.
    public static func violations(recorded: APISchema, current: APISchema) -> [SchemaViolation] {
        let former = index(recorded)
        let present = index(current)
        var violations: [SchemaViolation] = []
        let reused = reusedNumbers(recorded: recorded, current: current)
        for element in current.elements {
            violations += documentation(of: element)
            violations += reused[key(element)].map { [$0] } ?? []
            if let before = former[key(element)] {
                violations += change(from: before, to: element)
            } else {
                violations += addition(element)
            }
        }
        violations += StabilityOrder.violations(in: current)
        for element in recorded.elements where present[key(element)] == nil {
            violations += removal(of: element, from: current)
        }
        return violations
    }

    /// A reservation and a field may bear one name, one after the other.
    private static func key(_ element: APIElement) -> String {
        (element.kind == .reserved ? "reserved " : "") + element.name
    }

    private static func index(_ schema: APISchema) -> [String: APIElement] {
        Dictionary(schema.elements.map { (key($0), $0) }) { first, _ in first }
    }

    private static func documentation(of element: APIElement) -> [SchemaViolation] {
        if element.kind == .reserved { return [] }
        var missing: [String] = []
        if element.summary.isEmpty { missing.append("sentence that says what it is") }
        if element.since.isEmpty { missing.append("`since:`") }
        if element.stability == nil { missing.append("`stability:`") }
        if missing.isEmpty { return [] }
        return [SchemaViolation(.undocumented, element.name, "it has no " + missing.joined(separator: ", no "))]
    }

    private static func change(from before: APIElement, to now: APIElement) -> [SchemaViolation] {
        if before == now { return [] }
        let parts = differences(before, now).joined(separator: ", ")
        if let former = before.stability, let stability = now.stability, stability < former {
            let problem = "its stability went back from \(former.rawValue) to \(stability.rawValue)"
            return [SchemaViolation(.stabilityLowered, now.name, problem)]
        }
        if before.stability == .frozen { return [SchemaViolation(.frozenChanged, now.name, "\(parts) changed")] }
        if now.stability == .frozen, before.stability != .review {
            return [SchemaViolation(.reviewSkipped, now.name, "it was draft until now")]
        }
        let isPromotion = before.withoutStability == now.withoutStability
        if before.stability == .review, !isPromotion {
            return [SchemaViolation(.reviewChanged, now.name, "\(parts) changed")]
        }
        return [SchemaViolation(.notRecorded, now.name, "\(parts) changed")]
    }

    private static func differences(_ a: APIElement, _ b: APIElement) -> [String] {
        let columns: [(String, Bool)] = [
            ("kind", a.kind != b.kind), ("number", a.number != b.number), ("type", a.type != b.type),
            ("unit", a.unit != b.unit), ("since", a.since != b.since), ("stability", a.stability != b.stability),
            ("sentence", a.summary != b.summary),
        ]
        return columns.filter(\.1).map(\.0)
    }

    private static func addition(_ element: APIElement) -> [SchemaViolation] {
        if element.stability == .frozen { return [SchemaViolation(.reviewSkipped, element.name, "it is new")] }
        return [SchemaViolation(.notRecorded, element.name, "it is new")]
    }

    private static func removal(of element: APIElement, from current: APISchema) -> [SchemaViolation] {
        if element.stability == .frozen { return [SchemaViolation(.frozenRemoved, element.name, "it is gone")] }
        let ownerRemains = current.elements.contains { $0.kind != .reserved && $0.name == element.owner }
        if ownerRemains, element.kind == .reserved {
            return [SchemaViolation(.notReserved, element.owner, "the reservation of \(element.ownName) is gone")]
        }
        if ownerRemains, let number = element.number {
            let isReserved = current.elements.contains {
                $0.kind == .reserved && $0.owner == element.owner && $0.numbers?.contains(number) == true
            }
            guard isReserved else {
                let problem = "\(element.ownName) is gone, and its number \(number) isn't reserved"
                return [SchemaViolation(.notReserved, element.owner, problem)]
            }
        }
        let rule: SchemaViolation.Rule = element.stability == .review ? .reviewChanged : .notRecorded
        return [SchemaViolation(rule, element.name, "it is gone")]
    }

    /// Elements whose number meant something else when it was recorded, by key.
    private static func reusedNumbers(recorded: APISchema, current: APISchema) -> [String: SchemaViolation] {
        struct Slot: Hashable {
            var owner: String
            var number: Int
        }
        var former: [Slot: String] = [:]
        for element in recorded.elements where element.kind == .field || element.kind == .value {
            if let number = element.number { former[Slot(owner: element.owner, number: number)] = element.ownName }
        }
        let reservations = recorded.elements.filter { $0.kind == .reserved && $0.number != nil }
        var reused: [String: SchemaViolation] = [:]
        for element in current.elements where element.kind == .field || element.kind == .value {
            guard let number = element.number else { continue }
            var use = former[Slot(owner: element.owner, number: number)].flatMap { $0 == element.ownName ? nil : $0 }
            if use == nil, reservations.contains(where: { $0.owner == element.owner && $0.numbers!.contains(number) }) {
                use = "reserved"
            }
            if let use {
                reused[key(element)] = SchemaViolation(.numberReused, element.name, "its number \(number) was \(use)")
            }
        }
        return reused
    }
}
