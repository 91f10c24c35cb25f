// SPDX-License-Identifier: Apache-2.0

/// What comparing a request with what there is comes to. It answers the questions that tables can answer; whether the
/// author's arguments hold, people decide.
public struct Evaluation: Hashable, Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        /// There is a way already.
        case covered
        /// What is asked for isn't done, and something simpler serves the scenario.
        case simpler
        /// There is no way.
        case gap
    }

    /// Whether one kernel could carry it.
    public struct Kernel: Hashable, Sendable {
        public var kernel: String
        public var carries: Bool
        /// Why not, or what to know; empty when there is nothing.
        public var notes: [String]
    }

    public var outcome: Outcome
    /// Why this outcome, a sentence each.
    public var reasons: [String] = []
    /// How it is done today, or by the simpler design.
    public var ways: [String] = []
    /// A policy that does it, as YAML; empty where none does.
    public var policy = ""
    public var kernels: [Kernel] = []
    /// What is missing, as declarations to begin a discussion with; empty without a gap.
    public var skeleton = ""
    /// Full names of elements of the API whose documentation has the request's words.
    public var related: [String] = []

    public init(_ outcome: Outcome) { self.outcome = outcome }
}
