// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// An operation that waits for an answer.
public struct HeldOperation: Sendable {
    /// Names one question; never used again.
    public struct ID: Hashable, Sendable, CustomStringConvertible {
        var question: UInt64
        var slot: Int

        public var description: String { "\(question)" }
    }

    public var id: ID
    /// What it is, of what is held: one operation, or `image.load` and `file.open` at once. One answer is for both.
    public var operations: [EndpointModel.Operation]
    /// For `file.open`: what for. Both where the kernel doesn't let it be known (`openat2`, io_uring, opens by the kernel).
    public var access: Set<Access>
    /// The process. It can't end while it waits, unless it is killed, and then nobody cares for the answer.
    public var pid: Int32
    public var thread: Int32
    public var file: FileObject
    /// The file, open for reading, until this is answered. Not to be closed, and only for reading at a position (pread(2)).
    public var descriptor: Int32
    /// When the question was read: CLOCK_BOOTTIME, nanoseconds. Deadlines count from here.
    public var askedAt: UInt64
    /// For `Gate.answer`: what an allow may stand for without another question.
    public var ticket: PassTicket
}
