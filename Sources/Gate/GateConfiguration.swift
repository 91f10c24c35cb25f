// SPDX-License-Identifier: Apache-2.0

/// How a gate is set up.
public struct GateConfiguration: Sendable {
    /// What the guard answers in the daemon's place.
    public var guardMode: GuardMode
    /// Files that a guard which denies lets through all the same, so that the platform can be started again: beside
    /// these, whatever the daemon has mapped itself (its program, the loader, its libraries). At most
    /// `GATE_MAX_EXCEPTIONS` in all.
    public var guardExceptions: [String]
    /// What starts the guard.
    public var guardCommand: [String]
    /// The deadline and the fallback of a question until the owner has said something else about it: while it waits to be
    /// asked among many others, or the owner is held up. With `Gate.capacity` in flight it is the answer at once.
    /// `Gate.setDefault` changes the fallback later.
    public var deadline: Duration
    public var allowAtDeadline: Bool
    /// How long the gate's thread may be silent before the guard takes the daemon for stopped and answers new questions by
    /// its mode. So long such a question waits; on a machine that gives the daemon no processor for longer, the guard
    /// answers what the daemon would have.
    public var patience: Duration

    public init(
        guardMode: GuardMode = .allow, guardExceptions: [String] = [],
        guardCommand: [String] = ["/proc/self/exe", "guard"], deadline: Duration = .seconds(1),
        allowAtDeadline: Bool = true, patience: Duration = Guard.patience
    ) {
        self.guardMode = guardMode
        self.guardExceptions = guardExceptions
        self.guardCommand = guardCommand
        self.deadline = deadline
        self.allowAtDeadline = allowAtDeadline
        self.patience = patience
    }
}
