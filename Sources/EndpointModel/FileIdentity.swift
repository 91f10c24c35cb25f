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

        public static let deleted = Flags(.deleted)
        public static let memfd = Flags(.memfd)
        public static let tmpfs = Flags(.tmpfs)
        public static let setuid = Flags(.setuid)
        public static let setgid = Flags(.setgid)
        public static let worldWritable = Flags(.worldWritable)
        public static let overlay = Flags(.overlay)
        public static let overlayUpper = Flags(.overlayUpper)
        public static let script = Flags(.script)
        public static let mprotect = Flags(.mprotect)

        public init(_ flag: FileFlag) { self.init(rawValue: flag.bit) }

        /// In bit order.
        public var names: [FileFlag] { FileFlag.allCases.filter { contains(Flags($0)) } }

        /// The names used in JSON and text, in bit order.
        public var words: [String] { names.map(\.rawValue) }
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
