// SPDX-License-Identifier: Apache-2.0

/// What a gate has counted since it was made.
public struct GateCounters: Sendable, Hashable {
    /// Questions that were read by the daemon.
    public var questions: UInt64 = 0
    /// Of those: answered by the owner.
    public var allowed: UInt64 = 0
    public var denied: UInt64 = 0
    /// Of those: let pass unasked (exempt processes, opens that nothing held asks for, what is no regular file).
    public var unasked: UInt64 = 0
    /// Of those: given their fallback because no answer came in time.
    public var expiredAllowed: UInt64 = 0
    public var expiredDenied: UInt64 = 0
    /// The longest time after its deadline that a question was given its fallback.
    public var longestDelay = Duration.zero
    /// Of those questions: given the default (`Gate.setDefault`) at once because `Gate.capacity` questions were in flight.
    public var ledgerFull: UInt64 = 0
    /// Answered by the guard's mode, the daemon being away (such as the guard had read when it died among them): such as the
    /// daemon never read, and such as it had just read.
    public var takenAllowed: UInt64 = 0
    public var takenDenied: UInt64 = 0
    public var swept: UInt64 = 0
    /// Times that the guard found the daemon away.
    public var absences: UInt64 = 0
    /// Answers that came too late.
    public var late: UInt64 = 0
    /// Opens that the kernel refused by itself.
    public var refused: UInt64 = 0
    /// Of those: the owner wasn't told, having been told of another one within a second.
    public var refusedUntold: UInt64 = 0
    /// Files that are asked about no more, as long as they aren't written, and how often all of them were forgotten.
    public var remembered: UInt64 = 0
    public var flushes: [Gate.FlushReason: UInt64] = [:]
    /// Times that a guard was started again, and set going again after it had been stopped.
    public var guardRestarts: UInt64 = 0
    public var guardContinued: UInt64 = 0
    /// Questions in flight now.
    public var inFlight: UInt64 = 0
}
