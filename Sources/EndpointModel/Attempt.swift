// SPDX-License-Identifier: Apache-2.0

/// What is known of a process when an operation is decided.
public struct ProcessFacts: Hashable, Sendable, Codable {
    /// The executable, as it lay when it was executed.
    public var exe: ObservedPath
    /// Executables that the process, or one that it descends from, ran before.
    public var ancestors: [ObservedPath]
    /// Whether there were more of them than the platform could keep: then any list of ancestors may hold.
    public var hasUnknownAncestors: Bool
    /// The path below the cgroup root.
    public var cgroup: ObservedPath
    /// Whether the process was started as a `#!` script, so that `exe` is its interpreter.
    public var isScript: Bool
    /// The effective user.
    public var user: UInt32
    /// The effective group and the supplementary ones.
    public var groups: [UInt32]
    /// Effective capabilities, one bit each by number.
    public var capabilities: UInt64
    /// Of the executable's content; `nil` while it isn't known.
    public var digest: Digest?

    public init(
        exe: ObservedPath, ancestors: [ObservedPath] = [], hasUnknownAncestors: Bool = false,
        cgroup: ObservedPath = ObservedPath("/"), isScript: Bool = false, user: UInt32 = 0, groups: [UInt32] = [0],
        capabilities: UInt64 = 0, digest: Digest? = nil
    ) {
        self.exe = exe
        self.ancestors = ancestors
        self.hasUnknownAncestors = hasUnknownAncestors
        self.cgroup = cgroup
        self.isScript = isScript
        self.user = user
        self.groups = groups
        self.capabilities = capabilities
        self.digest = digest
    }
}

/// What is known of a file when an operation on it is decided.
public struct FileFacts: Hashable, Sendable, Codable {
    public var path: ObservedPath
    public var flags: Set<FileFlag>
    /// The type of its file system.
    public var filesystem: String
    /// Of its content; `nil` while it isn't known.
    public var digest: Digest?
    /// Its fs-verity digest; `nil` when it has none.
    public var verity: Digest?

    public init(
        path: ObservedPath, flags: Set<FileFlag> = [], filesystem: String = "ext4", digest: Digest? = nil,
        verity: Digest? = nil
    ) {
        self.path = path
        self.flags = flags
        self.filesystem = filesystem
        self.digest = digest
        self.verity = verity
    }
}

/// An operation about to be decided, with everything that rules can ask about it.
public struct Attempt: Hashable, Sendable, Codable {
    public enum Object: Hashable, Sendable, Codable {
        case none
        case file(FileFacts)
        case process(ProcessFacts)
    }

    public var operation: Operation
    public var subject: ProcessFacts
    public var object: Object
    /// Both `read` and `write` of a file opened for both; else one, or none where the operation has no such field.
    public var access: Set<Access>
    public var signal: Signal?
    public var mappings: Set<MappingKind>
    public var area: KernelArea?

    public init(
        operation: Operation, subject: ProcessFacts, object: Object = .none, access: Set<Access> = [],
        signal: Signal? = nil, mappings: Set<MappingKind> = [], area: KernelArea? = nil
    ) {
        self.operation = operation
        self.subject = subject
        self.object = object
        self.access = access
        self.signal = signal
        self.mappings = mappings
        self.area = area
    }
}
