// SPDX-License-Identifier: Apache-2.0

/// An element of a pattern as a number, in the order in which a trie keeps its branches: those that can be entered
/// without a byte come first.
struct ElementCode: Hashable, Comparable, Sendable {
    var value: UInt32

    static let run = ElementCode(value: 0)
    static let deepRun = ElementCode(value: 1)
    static let components = ElementCode(value: 2)
    /// The end of a run of components. Only in the trie.
    static let boundary = ElementCode(value: 3)
    static let anyByte = ElementCode(value: 4)
    private static let firstByte: UInt32 = 5
    private static let firstSet: UInt32 = 261

    static func byte(_ byte: UInt8) -> ElementCode { ElementCode(value: firstByte + UInt32(byte)) }
    static func set(_ number: Int) -> ElementCode { ElementCode(value: firstSet + UInt32(number)) }

    /// Whether it can be entered without taking a byte.
    var isFree: Bool { value <= 3 }
    var byte: UInt8? { value >= Self.firstByte && value < Self.firstSet ? UInt8(value - Self.firstByte) : nil }
    /// The number of the set; only for codes that are neither free, nor any byte, nor a byte.
    var set: Int { Int(value - Self.firstSet) }

    static func < (a: ElementCode, b: ElementCode) -> Bool { a.value < b.value }
}
