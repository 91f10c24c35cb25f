// SPDX-License-Identifier: Apache-2.0

/// How much of the platform this machine's kernel lets work. Probed at start, never assumed.
public enum Tier: String, Sendable, Codable, CaseIterable {
    /// Every operation is decided in the kernel (BPF LSM).
    case enforce
    /// Notifications from tracing; exec verdicts through fanotify on the mounts that were named.
    case gate
    /// Notifications only.
    case observe
}

/// What this kernel lets the platform do about one operation.
public struct OperationCoverage: Hashable, Sendable, Codable {
    public var operation: Operation
    public var notify: Bool
    public var deny: Bool
    public var ask: Bool
    /// Why not, where something isn't; empty when everything is.
    public var reason: String

    public init(operation: Operation, notify: Bool, deny: Bool, ask: Bool, reason: String = "") {
        self.operation = operation
        self.notify = notify
        self.deny = deny
        self.ask = ask
        self.reason = reason
    }
}

/// The answer of the start-up probe.
public struct Coverage: Hashable, Sendable, Codable {
    public var tier: Tier
    /// Why this tier and no higher one; empty at `enforce`.
    public var reason: String
    /// The kernel's release, such as `6.12.95+deb12-amd64`.
    public var kernel: String
    public var operations: [OperationCoverage]

    public init(tier: Tier, reason: String, kernel: String, operations: [OperationCoverage]) {
        self.tier = tier
        self.reason = reason
        self.kernel = kernel
        self.operations = operations
    }
}
