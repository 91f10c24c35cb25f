// SPDX-License-Identifier: Apache-2.0

/// A path as the kernel programs saw it: bytes, and whether they may be matched against patterns.
///
/// The bytes are those of the path from the root of the mount namespace that the file was opened in, whatever the
/// caller's own root is (`chroot` doesn't change it). They need not be UTF-8.
public struct ObservedPath: Hashable, Sendable, Codable {
    /// Why a path is no evidence of where a file lies. Such a path matches only rules that say `unresolvable`.
    public enum Unresolvable: UInt8, Sendable, Codable, CaseIterable {
        /// Longer than the 4,095 bytes that are matched.
        case tooLong = 1
        /// The file has no place in a directory tree: memfd, an unlinked temporary file, a kernel-internal mount.
        case anonymous = 2
        /// The mount is detached from every mount namespace (lazy unmount, `open_tree`, `fsmount`).
        case detached = 3
        /// The mount namespace belongs to a user namespace that isn't the initial one: an unprivileged user chose
        /// where the file appears.
        case privateNamespace = 4
        /// The tree was renamed under the walk each time it was tried.
        case raced = 5
        /// No scratch memory was free to build the path in.
        case noMemory = 6

        /// The word used in JSON and text.
        public var word: String {
            switch self {
            case .tooLong: "too-long"
            case .anonymous: "anonymous"
            case .detached: "detached"
            case .privateNamespace: "private-namespace"
            case .raced: "raced"
            case .noMemory: "no-memory"
            }
        }
    }

    /// The path's bytes without a terminating zero; when unresolvable, as much as is known (for people).
    public var bytes: [UInt8]
    /// `nil` when the path is whole and may be matched.
    public var unresolvable: Unresolvable?

    public init(bytes: [UInt8], unresolvable: Unresolvable? = nil) {
        self.bytes = bytes
        self.unresolvable = unresolvable
    }

    public init(_ string: String) {
        self.init(bytes: Array(string.utf8))
    }

    /// The bytes as text, with invalid UTF-8 replaced. For people; never for decisions.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
