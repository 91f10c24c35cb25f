// SPDX-License-Identifier: Apache-2.0

/// Interned lists of numbers: each different list is kept once, in one pool, and has a number of its own.
///
/// An open-addressing table of numbers over the pool: some 12 bytes a list beside its members, no allocation a list.
struct StateSets {
    private var pool: [UInt32] = []
    private var bounds: [Int] = [0]
    private var hashes: [UInt32] = []
    private var slots = [UInt32](repeating: .max, count: 1024)

    var count: Int { hashes.count }

    func bounds(of number: Int) -> Range<Int> { bounds[number]..<bounds[number + 1] }
    func member(at index: Int) -> UInt32 { pool[index] }

    /// The number of `list`, and whether it is new.
    mutating func intern(_ list: [UInt32]) -> (number: UInt32, isNew: Bool) {
        var mixed: UInt64 = 0x9e37_79b9_7f4a_7c15
        for member in list { mixed = (mixed ^ UInt64(member)) &* 0xd6e8_feb8_6659_fd93 ^ (mixed >> 29) }
        mixed ^= mixed >> 32
        let hash = UInt32(truncatingIfNeeded: mixed)
        if count * 2 >= slots.count { grow() }
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != .max {
            let number = slots[slot]
            if hashes[Int(number)] == hash, holds(list, Int(number)) { return (number, false) }
            slot = (slot + 1) & mask
        }
        let number = UInt32(count)
        slots[slot] = number
        hashes.append(hash)
        pool.append(contentsOf: list)
        bounds.append(pool.count)
        return (number, true)
    }

    private func holds(_ list: [UInt32], _ number: Int) -> Bool {
        let start = bounds[number]
        guard bounds[number + 1] - start == list.count else { return false }
        for index in list.indices where pool[start + index] != list[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt32](repeating: .max, count: slots.count * 2)
        let mask = slots.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while slots[slot] != .max { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number)
        }
    }
}
