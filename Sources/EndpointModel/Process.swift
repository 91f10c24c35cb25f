// SPDX-License-Identifier: Apache-2.0

/// Which process, beyond doubt: a bare pid is reused, this isn't.
public struct ProcessIdentity: Hashable, Sendable, Codable {
    /// The process id (thread group id) in the initial pid namespace.
    public var pid: Int32
    /// When the thread group's leader started, nanoseconds of CLOCK_BOOTTIME.
    public var startTime: UInt64
    /// The kernel's count of executions (`task_struct.self_exec_id`): grows by one with every exec.
    public var execCount: UInt64

    public init(pid: Int32, startTime: UInt64, execCount: UInt64) {
        self.pid = pid
        self.startTime = startTime
        self.execCount = execCount
    }
}

/// User, group and capability identity of a process at the time of an event.
public struct Credentials: Hashable, Sendable, Codable {
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    public var effectiveUID: UInt32 = 0
    public var effectiveGID: UInt32 = 0
    /// Effective capabilities, one bit each by capability number.
    public var effectiveCapabilities: UInt64 = 0
    /// The audit login uid; `UInt32.max` when none was set.
    public var loginUID: UInt32 = .max

    public init() {}
}

/// Inode numbers of the namespaces a process lives in, as `/proc/PID/ns/*` shows them.
public struct Namespaces: Hashable, Sendable, Codable {
    public var mount: UInt32 = 0
    public var pid: UInt32 = 0
    public var network: UInt32 = 0
    public var user: UInt32 = 0
    public var uts: UInt32 = 0
    public var ipc: UInt32 = 0
    public var cgroup: UInt32 = 0

    public init() {}
}

/// The cgroup (version 2) of a process.
public struct ControlGroup: Hashable, Sendable, Codable {
    public var id: UInt64 = 0
    /// The path below the cgroup root, such as `/system.slice/ssh.service`.
    public var path: String = ""

    public init() {}
}

/// A process as the platform knows it.
public struct Process: Hashable, Sendable, Codable {
    /// How the platform came to know the process.
    public enum Provenance: String, Sendable, Codable {
        /// Its creation was seen.
        case started
        /// It was found running when the platform started.
        case found
        /// It was first seen acting: its creation was in a gap.
        case inferred
    }

    public var identity: ProcessIdentity
    public var parent: ProcessIdentity?
    /// The thread that acted; equals the pid for the main thread.
    public var thread: Int32
    /// The path of the executable; empty when not known.
    public var exe: ObservedPath
    /// The kernel's short name (`comm`), at most 15 bytes.
    public var command: String
    public var arguments: [String]
    /// Whether `arguments` was cut at the limit of 4,096 bytes.
    public var argumentsTruncated: Bool
    public var workingDirectory: ObservedPath?
    public var credentials: Credentials
    public var cgroup: ControlGroup
    public var namespaces: Namespaces
    public var provenance: Provenance

    public init(identity: ProcessIdentity) {
        self.identity = identity
        self.thread = identity.pid
        self.exe = ObservedPath("")
        self.command = ""
        self.arguments = []
        self.argumentsTruncated = false
        self.credentials = Credentials()
        self.cgroup = ControlGroup()
        self.namespaces = Namespaces()
        self.provenance = .inferred
    }
}
