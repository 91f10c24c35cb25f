// SPDX-License-Identifier: Apache-2.0

/// A decoder of bytes that somebody else chose.
///
/// Whatever the bytes are, it returns: with a value or an error, soon, and without much memory.
public protocol FuzzTarget: Sendable {
    /// What its corpus is called: `Fuzz/corpus/NAME`.
    var name: String { get }
    /// Inputs that are valid: what mutations begin with.
    func samples() throws -> [[UInt8]]
    /// Words that mutations put in, where the input is text.
    var words: [String] { get }
    func decode(_ bytes: [UInt8]) async
}

extension FuzzTarget {
    public var words: [String] { [] }
}
