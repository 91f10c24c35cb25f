// SPDX-License-Identifier: Apache-2.0

/// What a subscriber doesn't want to see or, of an inverted kind, wants to see alone.
///
/// What isn't known of an event (an unresolvable path, an executable that couldn't be remembered) is named by no mute.
public struct EventMute: Hashable, Sendable, Codable {
    /// What a mute goes by.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// What the acting process executes, by its path when it was executed; of `process.exec` what it executed before.
        case executable
        /// The acting process.
        case process
        /// The path of the file that is acted on.
        case target
        /// A directory that the file acted on lies below, at whatever depth (the 64 lowest directories are looked at).
        case targetBelow = "target_below"
        /// The acting process's cgroup, or one above it (16 levels are looked at).
        case cgroup
    }

    /// What is named.
    public enum Name: Hashable, Sendable, Codable {
        /// An absolute path, its bytes compared as they are; for `process` there is none.
        case path([UInt8])
        /// A process by pid and start time; the count of executions isn't looked at.
        case process(pid: Int32, startTime: UInt64)
    }

    public var kind: Kind
    public var name: Name
    /// The operations that it is about; empty is all of them.
    public var operations: Set<Operation>

    public init(_ kind: Kind, path: [UInt8], operations: Set<Operation> = []) {
        self.kind = kind
        self.name = .path(path)
        self.operations = operations
    }

    public init(_ kind: Kind, path: String, operations: Set<Operation> = []) {
        self.init(kind, path: Array(path.utf8), operations: operations)
    }

    public init(process: ProcessIdentity, operations: Set<Operation> = []) {
        self.kind = .process
        self.name = .process(pid: process.pid, startTime: process.startTime)
        self.operations = operations
    }
}
