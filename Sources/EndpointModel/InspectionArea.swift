// SPDX-License-Identifier: Apache-2.0

/// An area of the running kernel that can be read. There is no way to name an address.
public struct InspectionArea: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Executable code, of the kernel or of a module.
        case text
        case readOnlyData
        /// Functions, or a list: entries, told as symbol and offset.
        case table
    }

    /// `kernel.text`, `module.ext4.text`, `table.system_calls`.
    public var name: String
    public var kind: Kind
    /// Bytes; of a table, entries.
    public var size: UInt64
    /// What there is to know about it for people.
    public var summary: String

    public init(name: String, kind: Kind, size: UInt64, summary: String) {
        self.name = name
        self.kind = kind
        self.size = size
        self.summary = summary
    }
}

/// A piece of an area as it was read.
public struct InspectedPiece: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case data([UInt8])
        case entries([InspectedEntry])
        /// How many bytes from here on can't be read.
        case missing(UInt64)
    }

    /// Where it begins, from the area's beginning.
    public var offset: UInt64
    public var content: Content

    public init(offset: UInt64, content: Content) {
        self.offset = offset
        self.content = content
    }
}

/// An entry of a table, and where it points to.
public struct InspectedEntry: Hashable, Sendable {
    /// What it is called, where it isn't by its number alone.
    public var name: String
    /// Empty where it points outside the kernel's text and its modules'.
    public var symbol: String
    public var offset: UInt64
    /// Empty for the kernel itself.
    public var module: String

    public init(name: String = "", symbol: String, offset: UInt64 = 0, module: String = "") {
        self.name = name
        self.symbol = symbol
        self.offset = offset
        self.module = module
    }
}
