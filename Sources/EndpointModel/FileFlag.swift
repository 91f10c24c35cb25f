// SPDX-License-Identifier: Apache-2.0

/// A property of a file that its path doesn't show, as policies and events name it.
public enum FileFlag: String, CaseIterable, Codable, Sendable, Hashable {
    /// No link to the file is left; the path is the former one.
    case deleted
    /// Anonymous memory with a file descriptor (`memfd_create`, shared memory).
    case memfd
    /// On a tmpfs.
    case tmpfs
    case setuid
    case setgid
    case worldWritable = "world_writable"
    /// Seen through an overlay file system.
    case overlay
    /// In the upper layer of an overlay: it isn't the image's, or no longer.
    case overlayUpper = "overlay_upper"
    /// A `#!` script; the interpreter is decided and named besides.
    case script
    /// Became executable by `mprotect`, not by `mmap`.
    case mprotect

    /// Its bit in `enum sp_file_flags`.
    public var bit: UInt32 { 1 << UInt32(Self.allCases.firstIndex(of: self)!) }

    /// Those that a policy can select by. (`mprotect` belongs to the operation, not to the file.)
    public static let selectable = allCases.filter { $0 != .mprotect }
}
