// SPDX-License-Identifier: Apache-2.0

/// One way in which the API as it is declared breaks the rules of its life cycle.
public struct SchemaViolation: Hashable, Sendable, CustomStringConvertible {
    /// The rules, as `docs/API_LIFECYCLE.md` lists them.
    public enum Rule: String, CaseIterable, Sendable {
        /// Every element has a sentence, the version that brought it, and a stability.
        case undocumented
        /// A frozen element stays as it was recorded, to the letter.
        case frozenChanged = "frozen-changed"
        /// A frozen element stays.
        case frozenRemoved = "frozen-removed"
        /// Stability only grows.
        case stabilityLowered = "stability-lowered"
        /// Nothing is frozen that wasn't recorded as in review.
        case reviewSkipped = "review-skipped"
        /// A number means one thing for ever.
        case numberReused = "number-reused"
        /// What a field or value leaves behind is reserved, and stays so.
        case notReserved = "not-reserved"
        /// Nothing relies on less than it promises.
        case lessStablePart = "less-stable-part"
        /// An element in review changes with a notice only.
        case reviewChanged = "review-changed"
        /// The recorded schema is what the API declares.
        case notRecorded = "not-recorded"
    }

    /// What makes the violation go away, other than to undo the change.
    public enum Remedy: Sendable {
        /// Nothing.
        case none
        /// To record the schema.
        case record
        /// To record it, with a notice.
        case notice
    }

    public var rule: Rule
    /// The element's full name.
    public var element: String
    /// What is wrong.
    public var problem: String

    public init(_ rule: Rule, _ element: String, _ problem: String) {
        self.rule = rule
        self.element = element
        self.problem = problem
    }

    public var remedy: Remedy {
        switch rule {
        case .notRecorded: .record
        case .reviewChanged: .notice
        default: .none
        }
    }

    /// One line: the element, what is wrong, and what to do.
    public var description: String {
        let advice =
            switch rule {
            case .undocumented: "write it into the comment above, as the other elements do"
            case .frozenChanged, .frozenRemoved: "put it back, and add a new element beside it"
            case .stabilityLowered: "put the stability back"
            case .reviewSkipped: "write `stability: review` first; docs/API_LIFECYCLE.md says for how long"
            case .numberReused: "take the next free number"
            case .notReserved: "add it to the `reserved` lines of its message or enum"
            case .lessStablePart: "raise the part first, or leave this where it was"
            case .reviewChanged: "run `scripts/generate --notice 'WHY'` and commit api/"
            case .notRecorded: "run `scripts/generate` and commit api/ and Sources/"
            }
        return "\(element): \(rule.rawValue): \(problem); \(advice)"
    }
}
