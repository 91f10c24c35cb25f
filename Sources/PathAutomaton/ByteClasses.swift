// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Bytes that no pattern tells apart are one class: the automaton's alphabet.
struct ByteClasses {
    /// Byte value → class.
    private(set) var table = [UInt8](repeating: 0, count: 256)
    private(set) var count = 1

    /// - Parameters:
    ///   - literals: bytes that patterns name; each gets a class of its own, and so does `/`.
    ///   - sets: byte sets that patterns name; each becomes a union of classes.
    init(literals: ByteSet, sets: [ByteSet]) {
        for byte in literals.bytes { split { $0 == byte } }
        split { $0 == UInt8(ascii: "/") }
        for set in sets where count < 256 { split(set.contains) }
    }

    /// The classes that make up `set`, ascending.
    func classes(of set: ByteSet) -> [UInt8] {
        Set(set.bytes.map { table[Int($0)] }).sorted()
    }

    /// Splits every class that has members inside and outside.
    private mutating func split(_ isInside: (UInt8) -> Bool) {
        var sizes = [Int](repeating: 0, count: 256)
        var inside = [Int](repeating: 0, count: 256)
        for byte in UInt8.min...UInt8.max {
            sizes[Int(table[Int(byte)])] += 1
            if isInside(byte) { inside[Int(table[Int(byte)])] += 1 }
        }
        var fresh = [UInt8?](repeating: nil, count: 256)
        for byte in UInt8.min...UInt8.max {
            let old = Int(table[Int(byte)])
            guard inside[old] != 0, inside[old] != sizes[old], isInside(byte) else { continue }
            if fresh[old] == nil {
                fresh[old] = UInt8(count)  // at most 256 classes: each has a member
                count += 1
            }
            table[Int(byte)] = fresh[old]!
        }
    }
}
