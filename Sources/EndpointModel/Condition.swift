// SPDX-License-Identifier: Apache-2.0

/// A property of a subject or an object that a rule can select by, as it is written in a policy.
public enum Field: String, CaseIterable, Codable, Sendable, Hashable {
    // Of files.
    case path, digest, vendor, filesystem, flags, verity
    // Of processes, with `digest` and `vendor`.
    case exe, user, group, cgroup, ancestor, interpreter, capability, container

    public static let ofFiles: [Field] = [.path, .digest, .vendor, .filesystem, .flags, .verity]
    public static let ofProcesses: [Field] = [
        .exe, .digest, .vendor, .user, .group, .cgroup, .ancestor, .interpreter, .capability, .container,
    ]

    /// What can be told of an operation of a file while it is held: a rule that asks selects by these only. What else the
    /// kernel knows of it, it finds out when the operation goes on.
    public static let knownWhenHeld: Set<Field> = [.path, .exe, .user, .group, .cgroup, .capability, .container]
}

/// A list of path patterns. An unresolvable path is in it only if it says so.
public struct PathList: Hashable, Sendable, Codable {
    public var patterns: [PathPattern]
    /// Whether the list contains the word `unresolvable`.
    public var unresolvable: Bool

    public init(_ patterns: [PathPattern], unresolvable: Bool = false) {
        self.patterns = patterns
        self.unresolvable = unresolvable
    }
}

/// What one field must be: any of a list that isn't empty.
public enum FieldCondition: Hashable, Sendable, Codable {
    /// Of a file.
    case path(PathList)
    /// SHA-256 of the content: of a file, or of the file that a process executes.
    case digest([Digest])
    /// The fs-verity digest of a file.
    case verity([Digest])
    /// The type of the file system, such as `ext4` or `tmpfs`.
    case filesystem([String])
    case flags([FileFlag])
    /// The executable of a process, as it lay when it was executed.
    case exe(PathList)
    /// The effective user.
    case user([Account])
    /// The effective group and the supplementary ones.
    case group([Account])
    /// The cgroup (version 2), as a path below its root.
    case cgroup(PathList)
    /// Any executable that the process or one that it descends from ran before.
    case ancestor(PathList)
    /// The interpreter, of a process that was started as a `#!` script.
    case interpreter(PathList)
    /// An effective capability.
    case capability([Capability])
    case container([ContainerSelector])
    /// Whose registered agent the process is, or whose registered files.
    case vendor([String])

    public var field: Field {
        switch self {
        case .path: .path
        case .digest: .digest
        case .verity: .verity
        case .filesystem: .filesystem
        case .flags: .flags
        case .exe: .exe
        case .user: .user
        case .group: .group
        case .cgroup: .cgroup
        case .ancestor: .ancestor
        case .interpreter: .interpreter
        case .capability: .capability
        case .container: .container
        case .vendor: .vendor
        }
    }

    /// The list of patterns, of fields that have one; a container is selected by the form of its cgroup's path.
    public var pathList: PathList? {
        switch self {
        case .path(let list), .exe(let list), .cgroup(let list), .ancestor(let list), .interpreter(let list): list
        case .container(let containers): PathList(containers.flatMap(\.cgroupPatterns))
        default: nil
        }
    }

    public var isEmpty: Bool {
        switch self {
        case .path(let list), .exe(let list), .cgroup(let list), .ancestor(let list), .interpreter(let list):
            list.patterns.isEmpty && !list.unresolvable
        case .digest(let list), .verity(let list): list.isEmpty
        case .filesystem(let list), .vendor(let list): list.isEmpty
        case .flags(let list): list.isEmpty
        case .user(let list), .group(let list): list.isEmpty
        case .capability(let list): list.isEmpty
        case .container(let list): list.isEmpty
        }
    }
}

/// What a subject or an object must be: everything in `all` holds, and not everything in `not`.
public struct Condition: Hashable, Sendable, Codable {
    /// Each field at most once.
    public var all: [FieldCondition]
    /// Each field at most once; empty is no exception.
    public var not: [FieldCondition]

    public init(_ all: FieldCondition..., not: [FieldCondition] = []) {
        self.all = all
        self.not = not
    }

    public init(all: [FieldCondition], not: [FieldCondition]) {
        self.all = all
        self.not = not
    }
}
