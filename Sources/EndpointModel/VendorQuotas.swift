// SPDX-License-Identifier: Apache-2.0

/// What one vendor may have of the platform at a time, all its agents together.
///
/// The one place where these bounds stand. Whoever hits one is told its name, as the reason of the error. The machine's
/// operator has none of them: it is bounded by what there is in all, of which it always keeps a part.
public struct VendorQuotas: Hashable, Sendable {
    /// A quota, by the name that errors, lists and counters call it.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        /// Connections of its agents that were admitted.
        case clients = "vendor-clients"
        /// Subscriptions to events, `Watch` and `HandOver` together.
        case subscriptions = "vendor-subscriptions"
        /// Memory of these subscriptions' rings.
        case ringBytes = "vendor-ring-bytes"
        /// Rules of its policies.
        case rules = "vendor-rules"
        /// Path patterns of its policies, as they are written: one that stands in two lists counts twice.
        case patterns = "vendor-patterns"
        /// Digests of its policies, likewise.
        case digests = "vendor-digests"
        /// Agents that are asked.
        case authorisers = "vendor-authorisers"
        /// Questions that wait for its answer.
        case questions = "questions-in-flight"
        /// Streams of `Integrity` and `Inspection`: each may hold what it has read until it is taken.
        case kernelCalls = "vendor-kernel-calls"

        /// What it counts.
        public var unit: String {
            switch self {
            case .clients: "connections"
            case .subscriptions: "subscriptions"
            case .ringBytes: "bytes"
            case .rules: "rules"
            case .patterns: "patterns"
            case .digests: "digests"
            case .authorisers: "agents"
            case .questions: "questions"
            case .kernelCalls: "calls"
            }
        }
    }

    /// Of 256 connections to the agents' socket.
    public var clients = 32
    /// Of the 16 subscribers that the kernel's programs serve.
    public var subscriptions = 6
    /// Four rings of the usual 4 MiB.
    public var ringBytes = 16 << 20
    /// Of the 4,096 rules that the kernel's tables hold.
    public var rules = 1024
    /// Of the 65,536 that are compiled together.
    public var patterns = 16_384
    /// Of the 2,097,152 that the kernel holds.
    public var digests = 524_288
    public var authorisers = 8
    public var questions = 1024
    /// A read holds 32 MiB at most.
    public var kernelCalls = 8
    /// `operator-subscriptions`: so many of all subscriptions are never given to vendors, all of them together.
    public var operatorSubscriptions = 4

    public init() {}

    public subscript(name: Name) -> Int {
        switch name {
        case .clients: clients
        case .subscriptions: subscriptions
        case .ringBytes: ringBytes
        case .rules: rules
        case .patterns: patterns
        case .digests: digests
        case .authorisers: authorisers
        case .questions: questions
        case .kernelCalls: kernelCalls
        }
    }

    /// All of them, for a greeting.
    public var named: [NamedLimit] {
        Name.allCases.map { NamedLimit($0.rawValue, self[$0], $0.unit) }
            + [NamedLimit("operator-subscriptions", operatorSubscriptions, "subscriptions")]
    }
}

/// How much of a quota a vendor has.
public struct VendorQuota: Hashable, Sendable {
    public var limit: NamedLimit
    public var used: UInt64
    /// How often it was hit since the platform started.
    public var refused: UInt64

    public init(limit: NamedLimit, used: UInt64, refused: UInt64) {
        self.limit = limit
        self.used = used
        self.refused = refused
    }
}
