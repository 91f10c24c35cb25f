// SPDX-License-Identifier: Apache-2.0

/// What a subscriber wants to see. Applied in the kernel: what it leaves out costs no record.
public struct EventFilter: Hashable, Sendable, Codable {
    /// The most mutes that a filter may have.
    public static let maxMutes = 256

    /// Empty is all operations.
    public var operations: Set<Operation>
    /// Only what was denied, or would have been (audit).
    public var deniedOnly: Bool
    /// What is left out: what any of them names.
    public var mutes: Set<EventMute>
    /// Kinds that are inverted: of these, only what a mute names is delivered. Of the two kinds about the object's path
    /// either may name it, if both are inverted; every other inverted kind has to. An inverted kind without a mute lets
    /// nothing pass.
    public var inverted: Set<EventMute.Kind>
    /// Whether the stream begins with the processes that live.
    public var snapshot: Bool

    public init(
        operations: Set<Operation> = [], deniedOnly: Bool = false, mutes: Set<EventMute> = [],
        inverted: Set<EventMute.Kind> = [], snapshot: Bool = false
    ) {
        self.operations = operations
        self.deniedOnly = deniedOnly
        self.mutes = mutes
        self.inverted = inverted
        self.snapshot = snapshot
    }

    /// The operations by name: all of them where none is.
    public var wantedOperations: Set<Operation> { operations.isEmpty ? Set(Operation.allCases) : operations }
}
