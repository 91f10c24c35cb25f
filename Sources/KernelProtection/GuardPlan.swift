// SPDX-License-Identifier: Apache-2.0

import KernelABI

/// A file as the kernel knows it: the key of its guard.
public struct GuardKey: Hashable, Sendable {
    public var inode: UInt64
    public var device: UInt32
    public var generation: UInt32

    public init(inode: UInt64, device: UInt32, generation: UInt32) {
        self.inode = inode
        self.device = device
        self.generation = generation
    }

    init(_ key: sp_guard_key) { self.init(inode: key.inode, device: key.device, generation: key.generation) }

    var structure: sp_guard_key { sp_guard_key(inode: inode, device: device, generation: generation) }
}

/// In which ways something is guarded: `enum sp_guard_flags`.
public struct GuardFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let content = GuardFlags(rawValue: SP_GUARD_CONTENT.rawValue)
    public static let name = GuardFlags(rawValue: SP_GUARD_NAME.rawValue)
    public static let tree = GuardFlags(rawValue: SP_GUARD_TREE.rawValue)
    public static let executable = GuardFlags(rawValue: SP_GUARD_EXECUTABLE.rawValue)
    public static let children = GuardFlags(rawValue: SP_GUARD_CHILDREN.rawValue)
    public static let library = GuardFlags(rawValue: SP_GUARD_LIBRARY.rawValue)
    public static let shutdown = GuardFlags(rawValue: SP_GUARD_SHUTDOWN.rawValue)
    public static let manager = GuardFlags(rawValue: SP_GUARD_MANAGER.rawValue)
}

/// What shall be guarded, put together of all who want something guarded: pure.
///
/// One file has one guard in the kernel. Of two wants on it the ways add up; whose it is says the first one that has an
/// object there, and where none has (a directory above several, a library) it is the platform's.
public struct GuardPlan: Hashable, Sendable {
    /// A guard that somebody wants.
    public struct Want: Hashable, Sendable {
        public var key: GuardKey
        public var owner: UInt32
        public var flags: GuardFlags
        public var entry: UInt64

        public init(_ key: GuardKey, owner: UInt32, flags: GuardFlags, entry: UInt64 = 0) {
            self.key = key
            self.owner = owner
            self.flags = flags
            self.entry = entry
        }

        /// Whether it is of an object of its own, not of what lies above one or is used by many.
        var isObject: Bool { entry != 0 }
    }

    public private(set) var guards: [GuardKey: Want] = [:]

    public init(_ wants: some Sequence<Want>) {
        for want in wants { add(want) }
    }

    private mutating func add(_ want: Want) {
        guard var present = guards[want.key] else {
            guards[want.key] = want
            return
        }
        if want.isObject, !present.isObject {
            present.owner = want.owner
            present.entry = want.entry
        }
        present.flags.formUnion(want.flags)
        guards[want.key] = present
    }

    /// What has to be written and removed to come from `former` to this.
    public func changes(from former: GuardPlan) -> (write: [Want], remove: [GuardKey]) {
        (
            guards.values.filter { former.guards[$0.key] != $0 },
            former.guards.keys.filter { guards[$0] == nil }
        )
    }
}
