// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What a verdict may stand for again: the same thing done to the same content.
///
/// A write changes size or change time, and what the kernel counts where it watches the file: a change through a mapping on
/// a file system of memory changes neither of the former. The change time has the kernel's granularity (4 ms before Linux 6.13), so that
/// whoever sees a write flushes the file as well (``Arbitration/flush(_:_:now:)``).
public struct ContentKey: Hashable, Sendable {
    public var operation: Operation
    public var access: Set<Access>
    public var file: FileIdentity
    /// Bytes.
    public var size: UInt64
    /// `stat.st_ctim`, nanoseconds since 1970-01-01 UTC.
    public var changeTime: UInt64
    /// How often it was opened for writing since it is watched; 0 where it isn't.
    public var writes: UInt64
    /// Where a verdict is to stand for one process only.
    public var subject: ProcessIdentity?

    public init(
        operation: Operation, access: [Access] = [], file: FileObject, changeTime: UInt64, writes: UInt64 = 0,
        subject: ProcessIdentity? = nil
    ) {
        self.operation = operation
        self.access = Set(access)
        self.file = file.identity
        self.size = file.size
        self.changeTime = changeTime
        self.writes = writes
        self.subject = subject
    }

    var inode: InodeKey { InodeKey(file) }
}

/// What is flushed when a file is written: whoever sees the write may not know the generation.
struct InodeKey: Hashable, Sendable {
    var device: UInt32
    var inode: UInt64

    init(_ file: FileIdentity) {
        device = file.device
        inode = file.inode
    }
}
