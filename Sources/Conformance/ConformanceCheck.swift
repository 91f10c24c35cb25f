// SPDX-License-Identifier: Apache-2.0

/// One thing that agents are tried for. `docs/CONFORMANCE.md` says what each proves; the words are stable.
public enum ConformanceCheck: String, Sendable, CaseIterable {
    case greets
    case connects
    case answersInTime = "answers-in-time"
    case survivesLate = "survives-late"
    case survivesLost = "survives-lost"
    case survivesDuplicated = "survives-duplicated"
    case survivesReordered = "survives-reordered"
    case survivesDeadline = "survives-deadline"
    case survivesOverflow = "survives-overflow"
    case survivesCrash = "survives-crash"
    case reconnects
    case ignoresUnknownFields = "ignores-unknown-fields"
    case ignoresUnknownElements = "ignores-unknown-elements"
    case ignoresUnknownValues = "ignores-unknown-values"
    case ignoresUnknownOperations = "ignores-unknown-operations"
    case answersOnce = "answers-once"
    case endsOnTerminate = "ends-on-sigterm"

    /// What an agent that passes does.
    public var sentence: String {
        switch self {
        case .greets: "greets the platform"
        case .connects: "watches events or is asked"
        case .answersInTime: "answers every question before its deadline"
        case .survivesLate: "goes on after events and questions that come late"
        case .survivesLost: "goes on after events and questions that are lost"
        case .survivesDuplicated: "goes on after events and questions that come twice"
        case .survivesReordered: "goes on after events and questions in another order"
        case .survivesDeadline: "goes on after questions that leave a quarter of the time"
        case .survivesOverflow: "goes on after its queue was full"
        case .survivesCrash: "goes on after the platform was gone"
        case .reconnects:
            "is back within \(ConformanceSuite.reconnectionLimit.components.seconds) s of the platform's return"
        case .ignoresUnknownFields: "ignores fields that it doesn't know"
        case .ignoresUnknownElements: "ignores kinds of messages that it doesn't know"
        case .ignoresUnknownValues: "goes on after values that it doesn't know"
        case .ignoresUnknownOperations: "goes on after events of operations that it doesn't know"
        case .answersOnce: "answers no question twice, and none that wasn't put"
        case .endsOnTerminate: "ends within \(ConformanceSuite.terminationLimit.components.seconds) s of SIGTERM"
        }
    }

    /// Whether it is about questions: of an agent that only listens there is nothing to check.
    var isAboutQuestions: Bool { self == .answersInTime || self == .answersOnce }
}
