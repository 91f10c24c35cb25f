// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a replay sends, and when: a recording with faults in it. The same seed makes the same plan.
///
/// What really can't happen is not in it either: events don't go missing without a gap that tells of them, a stream isn't
/// overtaken by what waits behind it in the same queue unless reordering was asked for.
///
/// Answers of a recording are not sent; they stay in the plan, so that who replays can compare.
public struct FaultPlan: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        public enum Act: Hashable, Sendable {
            case send(RecordedElement.Content)
            /// Drop every connection, as if the service had died.
            case crash
            /// Accept connections again.
            case restart
        }

        /// Nanoseconds from the beginning; never less than the one before.
        public var time: UInt64
        public var act: Act
    }

    public private(set) var steps: [Step]

    /// - Parameter seed: of the random choices.
    public init(_ elements: [RecordedElement], faults: Faults, seed: UInt64 = 0) {
        var planner = FaultPlanner(faults: faults, seed: seed)
        let reordered = planner.reorder(elements)
        for (index, element) in reordered.enumerated() { planner.plan(element, index) }
        planner.finish()
        steps = planner.steps
    }

    /// This plan and, behind all of it, elements that nothing befalls; their offsets, and the times in them, count from its end.
    public func followed(by elements: [RecordedElement]) -> FaultPlan {
        var plan = self
        let end = steps.last?.time ?? 0
        plan.steps += elements.map { element in
            let (time, isTooLate) = end.addingReportingOverflow(element.offset)
            return Step(time: isTooLate ? .max : time, act: .send(element.content.moved(from: 0, to: end)))
        }
        return plan
    }
}
