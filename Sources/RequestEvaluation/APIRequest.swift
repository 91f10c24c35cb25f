// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What somebody asks the platform for: one need, and what its author says of each criterion of
/// `docs/criteria/CRITERIA.md`.
public struct APIRequest: Hashable, Sendable {
    /// What is wanted of an operation.
    public enum Action: String, CaseIterable, Sendable {
        /// To be told of it.
        case notify
        /// To refuse it by a rule.
        case deny
        /// To hold it until somebody answers.
        case ask
    }

    /// How the author imagines it.
    public enum Means: String, CaseIterable, Sendable {
        /// A rule of a policy.
        case rule
        /// Events.
        case event
        /// Questions and answers.
        case question
        /// A call of the API.
        case call
        /// A regular expression, or another language that is evaluated over what an attacker chooses.
        case expression
        /// Code of the author's own in the kernel.
        case program
    }

    /// A fact that an event, a question or a call should carry.
    public struct Fact: Hashable, Sendable {
        public var name: String
        /// A type of protobuf, or of the API.
        public var type: String
        /// Empty where nothing is counted.
        public var unit: String
        public var summary: String

        public init(name: String, type: String, unit: String = "", summary: String) {
            self.name = name
            self.type = type
            self.unit = unit
            self.summary = summary
        }
    }

    public struct Need: Hashable, Sendable {
        /// Absent when the need is an element of the API and no operation.
        public var action: Action?
        /// `class.verb`; one of ours, or the name that a new one might have.
        public var operation: String?
        /// Fields that it must be able to select the subject by.
        public var subject: [String] = []
        /// Fields that it must be able to select the object by.
        public var object: [String] = []
        /// Words of `access` that it must be able to tell apart.
        public var access: [String] = []
        /// The element of the API that would do it, such as `Answer.cache`; there or not.
        public var element: String?
        public var means: Means
        /// The LSM hooks at which a kernel program could see it.
        public var hooks: [String] = []
        /// Whether a program must sleep there, to read user memory or take a digest.
        public var sleeps = false
        public var facts: [Fact] = []
        /// Words to look for in the API's documentation.
        public var words: [String] = []

        public init(means: Means) { self.means = means }
    }

    /// The author's arguments: text for people, which no evaluation judges.
    public struct Arguments: Hashable, Sendable {
        public var already: String
        public var simpler: String
        public var surface: String
        public var costPer: String
        public var costLimit: String
        public var abuse: String

        public init(
            already: String, simpler: String, surface: String, costPer: String, costLimit: String, abuse: String
        ) {
            self.already = already
            self.simpler = simpler
            self.surface = surface
            self.costPer = costPer
            self.costLimit = costLimit
            self.abuse = abuse
        }
    }

    public var name: String
    public var title: String
    public var author: String
    /// `YYYY-MM-DD`.
    public var date: String
    public var scenario: String
    public var need: Need
    /// The kernels that it must work on, of ``HookFacts/kernels``.
    public var kernels: [String]
    public var arguments: Arguments

    public init(
        name: String, title: String, author: String, date: String, scenario: String, need: Need, kernels: [String],
        arguments: Arguments
    ) {
        self.name = name
        self.title = title
        self.author = author
        self.date = date
        self.scenario = scenario
        self.need = need
        self.kernels = kernels
        self.arguments = arguments
    }

    /// The operation as one of ours.
    public var knownOperation: Operation? { need.operation.flatMap(Operation.init(rawValue:)) }
}
