// SPDX-License-Identifier: Apache-2.0

/// How the platform is doing, for people and monitoring.
public struct PlatformStatus: Hashable, Sendable, Codable {
    /// Programs attached, policies in force, socket open.
    public var ready: Bool
    public var version: String
    public var tier: Tier
    /// Whether protection can't be removed until reboot.
    public var sealed: Bool
    public var kernel: String
    /// The daemon's process id.
    public var pid: Int32
    /// Nanoseconds since 1970-01-01 UTC.
    public var startedAt: UInt64
    /// The generation of the installed policy tables; grows with every change.
    public var generation: UInt64
    public var policies: Int
    public var rules: Int
    public var vendors: Int
    public var processes: Int
    public var events: EventCounts
    /// The version of the last signed bundle of policies that was put in force; 0 when there was none.
    public var policyBundle: UInt64

    public init(
        ready: Bool, version: String, tier: Tier, sealed: Bool, kernel: String, pid: Int32, startedAt: UInt64,
        generation: UInt64, policies: Int, rules: Int, vendors: Int, processes: Int, events: EventCounts,
        policyBundle: UInt64 = 0
    ) {
        self.ready = ready
        self.version = version
        self.tier = tier
        self.sealed = sealed
        self.kernel = kernel
        self.pid = pid
        self.startedAt = startedAt
        self.generation = generation
        self.policies = policies
        self.rules = rules
        self.vendors = vendors
        self.processes = processes
        self.events = events
        self.policyBundle = policyBundle
    }
}

/// Counts since the platform came up.
public struct EventCounts: Hashable, Sendable, Codable {
    /// Records that the kernel's programs made.
    public var delivered: UInt64
    /// Records lost because a ring was full: of a subscriber's each one, for each subscriber.
    public var lost: UInt64
    /// Operations denied in the kernel, reported or not.
    public var denied: UInt64
    /// Decisions about paths that couldn't be resolved.
    public var unresolvable: UInt64

    public init(delivered: UInt64 = 0, lost: UInt64 = 0, denied: UInt64 = 0, unresolvable: UInt64 = 0) {
        self.delivered = delivered
        self.lost = lost
        self.denied = denied
        self.unresolvable = unresolvable
    }
}

/// A policy in force, as a list shows it.
public struct InstalledPolicy: Hashable, Sendable, Codable {
    public var policy: Policy
    /// Nanoseconds since 1970-01-01 UTC.
    public var installedAt: UInt64

    public init(policy: Policy, installedAt: UInt64) {
        self.policy = policy
        self.installedAt = installedAt
    }
}

/// The answer to a change of policy: what is in force from now on.
public struct PolicyReceipt: Hashable, Sendable, Codable {
    public var generation: UInt64
    public var policies: Int
    public var rules: Int
    public var patterns: Int
    /// States of the path automata.
    public var states: Int
    /// Sentences worth reading, such as that the automaton was split or that the tier doesn't enforce an operation.
    public var notes: [String]

    public init(generation: UInt64, policies: Int, rules: Int, patterns: Int, states: Int, notes: [String]) {
        self.generation = generation
        self.policies = policies
        self.rules = rules
        self.patterns = patterns
        self.states = states
        self.notes = notes
    }
}

/// Why the platform refused a request. The code is stable and machine-readable, the message says what to do.
public struct PlatformError: Error, Hashable, Sendable, Codable {
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let policyInvalid = Code(rawValue: "policy-invalid")
        public static let policyLimit = Code(rawValue: "policy-limit")
        public static let policyNotFound = Code(rawValue: "policy-not-found")
        public static let policyNotCovered = Code(rawValue: "policy-not-covered")
        public static let installFailed = Code(rawValue: "install-failed")
        public static let storageFailed = Code(rawValue: "storage-failed")
        public static let subscriberLimit = Code(rawValue: "subscriber-limit")
        public static let processNotFound = Code(rawValue: "process-not-found")
        public static let subscriberFull = Code(rawValue: "subscriber-full")
        public static let filterInvalid = Code(rawValue: "filter-invalid")
        /// This platform hasn't got the service, or not here.
        public static let notAvailable = Code(rawValue: "not-available")
        public static let stopping = Code(rawValue: "stopping")
        public static let sealed = Code(rawValue: "sealed")
        public static let bundleRefused = Code(rawValue: "bundle-refused")
        public static let protectionInvalid = Code(rawValue: "protection-invalid")
        public static let protectionNotFound = Code(rawValue: "protection-not-found")
        public static let areaNotFound = Code(rawValue: "area-not-found")
        public static let inspectionQuota = Code(rawValue: "inspection-bytes-per-minute")
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
