// SPDX-License-Identifier: Apache-2.0

import CGate

/// A 64-bit word in shared memory.
struct SharedWord {
    private let word: UnsafeMutablePointer<UInt64>

    init(_ address: UnsafeMutableRawPointer) { word = address.assumingMemoryBound(to: UInt64.self) }

    func load() -> UInt64 { gate_load(word) }
    func store(_ value: UInt64) { gate_store(word, value) }
    func add(_ amount: UInt64) { _ = gate_add(word, amount) }
    func subtract(_ amount: UInt64) { _ = gate_add(word, 0 &- amount) }
    func raise(to value: UInt64) {
        while case let before = load(), before < value { if exchange(before, value) { return } }
    }

    /// Stores `desired` if it is `expected`; whether it was.
    func exchange(_ expected: UInt64, _ desired: UInt64) -> Bool { gate_exchange(word, expected, desired) != 0 }
}
