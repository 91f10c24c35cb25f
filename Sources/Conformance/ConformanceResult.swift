// SPDX-License-Identifier: Apache-2.0

/// What came of one check.
public struct ConformanceResult: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// `detail` is a figure worth knowing, or empty.
        case passed(detail: String)
        case failed(reason: String)
        case notApplicable(reason: String)
    }

    public var check: ConformanceCheck
    public var outcome: Outcome

    public init(_ check: ConformanceCheck, _ outcome: Outcome) {
        self.check = check
        self.outcome = outcome
    }

    public var isFailure: Bool {
        if case .failed = outcome { true } else { false }
    }
}
