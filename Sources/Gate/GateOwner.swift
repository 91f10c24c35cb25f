// SPDX-License-Identifier: Apache-2.0

public import LinuxSystem

/// Who decides on what a gate holds. All of it is called on the gate's thread: what takes long here delays everybody's
/// questions, and what takes longer than `GateConfiguration.patience` makes the guard answer new ones.
public protocol GateOwner: Sendable {
    /// Whether a process's operations pass unasked: the agents that are asked, and those they start. (The daemon and its
    /// guard always pass.)
    func isExempt(_ pid: Int32) -> Bool

    func ask(_ operation: HeldOperation) -> GateAnswer

    /// The guard, or the gate itself, has given a question its fallback: no answer came in time. Also told of a question that
    /// `answer` came too late for, and of one that the owner wasn't asked about yet.
    func expired(_ id: HeldOperation.ID, allowed: Bool)

    /// The kernel has refused an open by itself: it couldn't open the file for the daemon. Told once a second at most;
    /// `GateCounters` has them all.
    func refused(_ error: Errno)
}
