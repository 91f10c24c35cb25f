// SPDX-License-Identifier: Apache-2.0

/// Which file: device, inode and generation decide, never the spelling of a path.
public struct FileIdentity: Hashable, Sendable, Codable {
    /// The kernel's device number of the superblock (`super_block.s_dev`: 12 bits major, 20 bits minor).
    public var device: UInt32 = 0
    public var inode: UInt64 = 0
    /// The inode's generation, which tells a reused inode number apart.
    public var generation: UInt32 = 0

    public init() {}
}

/// A file as the object of an operation.
public struct FileObject: Hashable, Sendable, Codable {
    /// Properties that a path doesn't show.
    public struct Flags: OptionSet, Hashable, Sendable, Codable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// No link to the file is left; the path is the former one.
        public static let deleted = Flags(rawValue: 1 << 0)
        /// Anonymous memory with a file descriptor (`memfd_create`, shared memory).
        public static let memfd = Flags(rawValue: 1 << 1)
        /// On a tmpfs.
        public static let tmpfs = Flags(rawValue: 1 << 2)
        public static let setuid = Flags(rawValue: 1 << 3)
        public static let setgid = Flags(rawValue: 1 << 4)
        public static let worldWritable = Flags(rawValue: 1 << 5)
        /// Seen through an overlay file system.
        public static let overlay = Flags(rawValue: 1 << 6)
        /// A `#!` script; the interpreter is decided and named besides.
        public static let script = Flags(rawValue: 1 << 8)
        /// Became executable by `mprotect`, not by `mmap`.
        public static let protectionChange = Flags(rawValue: 1 << 9)

        /// The names used in JSON and text, in bit order.
        public static let names: [(Flags, String)] = [
            (.deleted, "deleted"), (.memfd, "memfd"), (.tmpfs, "tmpfs"), (.setuid, "setuid"), (.setgid, "setgid"),
            (.worldWritable, "world-writable"), (.overlay, "overlay"), (.script, "script"),
            (.protectionChange, "mprotect"),
        ]

        public var words: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
    }

    public var path: ObservedPath
    public var identity: FileIdentity
    /// The mode bits, type included (`stat.st_mode`).
    public var mode: UInt32
    public var ownerUID: UInt32
    public var ownerGID: UInt32
    /// Bytes.
    public var size: UInt64
    public var flags: Flags

    public init(path: ObservedPath) {
        self.path = path
        self.identity = FileIdentity()
        self.mode = 0
        self.ownerUID = 0
        self.ownerGID = 0
        self.size = 0
        self.flags = []
    }
}
