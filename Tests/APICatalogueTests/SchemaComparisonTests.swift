// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import Testing

/// Every rule of the life cycle, broken by itself.
@Suite struct SchemaComparisonTests {
    private let draft = SchemaFixtures.schema()
    private let review = SchemaFixtures.schema(.review)
    private let frozen = SchemaFixtures.schema(.frozen)

    @Test(arguments: Stability.allCases)
    func `What is as it was recorded breaks no rule`(stability: Stability) {
        let schema = SchemaFixtures.schema(stability)
        #expect(SchemaComparison.violations(recorded: schema, current: schema) == [])
    }

    /// One change of each column.
    static let changes: [@Sendable (inout APIElement) -> Void] = [
        { $0.number = 12 }, { $0.type = "bytes" }, { $0.unit = "seconds" }, { $0.since = "v2" },
        { $0.summary += " And more." }, { $0.kind = .oneof },
    ]

    @Test(arguments: changes.indices)
    func `Any change fails: a frozen element's for good, another one's until it is recorded`(index: Int) {
        let change = Self.changes[index]
        #expect(
            frozen.rules(broken: frozen.changing("OpenRequest.wait", change)) == ["OpenRequest.wait": .frozenChanged])
        #expect(
            review.rules(broken: review.changing("OpenRequest.wait", change)) == ["OpenRequest.wait": .reviewChanged])
        #expect(draft.rules(broken: draft.changing("OpenRequest.wait", change)) == ["OpenRequest.wait": .notRecorded])
    }

    @Test func `A frozen element must not vanish, whatever is reserved for it`() {
        let current = frozen.removing("OpenRequest.wait")
            .adding(APIElement(.reserved, "p.v1.OpenRequest.2", number: 2))
        #expect(frozen.rules(broken: current)["OpenRequest.wait"] == .frozenRemoved)
        #expect(frozen.rules(broken: frozen.removing("Unrelated")) == ["Unrelated": .frozenRemoved])
    }

    @Test func `An element in review vanishes with a notice only`() {
        #expect(review.rules(broken: review.removing("Unrelated")) == ["Unrelated": .reviewChanged])
        #expect(draft.rules(broken: draft.removing("Unrelated")) == ["Unrelated": .notRecorded])
    }

    @Test func `A field that goes leaves its number reserved`() {
        let without = draft.removing("OpenRequest.wait")
        #expect(draft.rules(broken: without) == ["OpenRequest": .notReserved])
        let reserved = without.adding(APIElement(.reserved, "p.v1.OpenRequest.2", number: 2))
        let expected: [String: SchemaViolation.Rule] = [
            "OpenRequest.wait": .notRecorded, "OpenRequest.2": .notRecorded,
        ]
        #expect(draft.rules(broken: reserved) == expected)
        let range = without.adding(APIElement(.reserved, "p.v1.OpenRequest.2-6", number: 2, type: "to 6"))
        #expect(draft.rules(broken: range)["OpenRequest.wait"] == .notRecorded)
    }

    @Test func `A message that goes takes its numbers along`() {
        let current = draft.removing("OpenRequest").removing("OpenRequest.door").removing("OpenRequest.wait")
            .removing("OpenRequest.7-9").removing("OpenRequest.lock").removing("Doors.Open")
        #expect(Set(draft.rules(broken: current).values) == [.notRecorded])
    }

    @Test func `A reservation stays`() {
        for name in ["OpenRequest.7-9", "OpenRequest.lock"] {
            #expect(draft.rules(broken: draft.removing(name)) == ["OpenRequest": .notReserved])
        }
    }

    @Test func `A number is not used for something else, were it only renamed`() {
        let renamed = draft.changing("OpenRequest.wait") { $0.name = "p.v1.OpenRequest.timeout" }
        #expect(draft.rules(broken: renamed)["OpenRequest.timeout"] == .numberReused)
        let value = draft.changing("DoorState.DOOR_STATE_OPEN") { $0.name = "p.v1.DoorState.DOOR_STATE_SHUT" }
        #expect(draft.rules(broken: value)["DoorState.DOOR_STATE_SHUT"] == .numberReused)
        let reserved = draft.removing("OpenRequest.7-9").adding(field("OpenRequest.key", 8))
        #expect(draft.rules(broken: reserved)["OpenRequest.key"] == .numberReused)
        let elsewhere = draft.adding(field("OpenRequest.key", 10))
        #expect(draft.rules(broken: elsewhere) == ["OpenRequest.key": .notRecorded])
    }

    private func field(_ name: String, _ number: Int, _ stability: Stability = .draft) -> APIElement {
        APIElement(
            .field, "p.v1.\(name)", number: number, type: "string", summary: "New.", since: "v1", stability: stability)
    }

    @Test func `An element without a sentence, a version or a stability fails, also when it is recorded so`() {
        let changes: [(inout APIElement) -> Void] = [
            { $0.summary = "" }, { $0.since = "" }, { $0.stability = nil },
        ]
        for change in changes {
            let current = draft.changing("OpenRequest", change)
            #expect(draft.rules(broken: current) == ["OpenRequest": .undocumented])
            #expect(current.rules(broken: current) == ["OpenRequest": .undocumented])
        }
        let current = draft.adding(APIElement(.field, "p.v1.OpenRequest.key", number: 3, type: "string"))
        let violations = SchemaComparison.violations(recorded: draft, current: current)
        #expect(violations.map(\.rule) == [.undocumented, .notRecorded])
        #expect(violations[0].problem == "it has no sentence that says what it is, no `since:`, no `stability:`")
    }

    @Test func `Stability grows by one step and never goes back`() {
        let steps: [(Stability, Stability, SchemaViolation.Rule)] = [
            (.draft, .review, .notRecorded), (.review, .frozen, .notRecorded), (.draft, .frozen, .reviewSkipped),
            (.review, .draft, .stabilityLowered), (.frozen, .review, .stabilityLowered),
            (.frozen, .draft, .stabilityLowered),
        ]
        for (before, after, rule) in steps {
            let recorded = SchemaFixtures.schema(before)
            let current = recorded.changing("Unrelated") { $0.stability = after }
            #expect(recorded.rules(broken: current) == ["Unrelated": rule], "\(before) to \(after)")
        }
    }

    @Test func `A change isn't hidden behind a promotion`() {
        let current = review.changing("Unrelated") {
            $0.stability = .frozen
            $0.summary = "Something else."
        }
        #expect(review.rules(broken: current) == ["Unrelated": .reviewChanged])
    }

    @Test func `What is new isn't frozen at once`() {
        #expect(
            draft.rules(broken: draft.adding(field("OpenRequest.key", 3, .frozen)))["OpenRequest.key"] == .reviewSkipped
        )
        #expect(
            review.rules(broken: review.adding(field("OpenRequest.key", 3, .review)))["OpenRequest.key"] == .notRecorded
        )
    }

    @Test func `A frozen message may gain a draft field`() {
        #expect(frozen.rules(broken: frozen.adding(field("OpenRequest.key", 3))) == ["OpenRequest.key": .notRecorded])
    }

    @Test func `Nothing promises more than its owner, its messages and its types`() {
        let cases = [("Doors", "Doors.Open"), ("OpenRequest", "Doors.Open"), ("DoorState", "OpenResponse.state")]
        for (part, whole) in cases {
            let schema = review.changing(part) { $0.stability = .draft }
            let violations = SchemaComparison.violations(recorded: schema, current: schema)
            #expect(violations.contains { $0.rule == .lessStablePart && $0.element == "p.v1.\(whole)" }, "\(part)")
        }
    }

    @Test func `A violation says what to do, and only what recording solves says to record`() {
        for rule in SchemaViolation.Rule.allCases {
            let text = SchemaViolation(rule, "p.v1.X", "it changed").description
            #expect(text.hasPrefix("p.v1.X: \(rule.rawValue): it changed; "))
            #expect(text.contains("scripts/generate") == [.notRecorded, .reviewChanged].contains(rule))
        }
        #expect(SchemaViolation(.frozenChanged, "x", "y").remedy == .none)
        #expect(SchemaViolation(.reviewChanged, "x", "y").remedy == .notice)
        #expect(SchemaViolation(.notRecorded, "x", "y").remedy == .record)
    }
}
