// SPDX-License-Identifier: Apache-2.0

/// What a protection is of.
public enum ProtectedObject: Hashable, Sendable {
    /// An executable, by its path: processes that run it are the vendor's own. With `children` what they start is
    /// protected, too.
    case executable([UInt8], children: Bool)
    /// A file that is no directory, by its path: the one that lies there now.
    case file([UInt8])
    /// A directory and everything below it, by its path.
    case directory([UInt8])

    public var path: [UInt8] {
        switch self {
        case .executable(let path, _), .file(let path), .directory(let path): path
        }
    }
}

/// A protection in force.
public struct ProtectionEntry: Hashable, Sendable {
    /// Names it; never used again during one boot.
    public var id: UInt64
    public var vendor: String
    public var object: ProtectedObject
    /// Since when, nanoseconds since 1970-01-01 UTC.
    public var since: UInt64
    /// Whether nothing lifts it before the next boot.
    public var isSealed: Bool
    /// How many attempts of others were refused because of it, as far as they were reported.
    public var refused: UInt64

    public init(
        id: UInt64, vendor: String, object: ProtectedObject, since: UInt64, isSealed: Bool = false, refused: UInt64 = 0
    ) {
        self.id = id
        self.vendor = vendor
        self.object = object
        self.since = since
        self.isSealed = isSealed
        self.refused = refused
    }
}

/// What the seal leaves open, by the word that the command line has for it.
public enum SealAllowance: String, CaseIterable, Hashable, Sendable {
    case modules
    case tracing
    case hardware
    case kexec
}
