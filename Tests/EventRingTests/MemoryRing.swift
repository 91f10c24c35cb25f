// SPDX-License-Identifier: Apache-2.0

import EventRing

/// The writing end of a ring in this process's memory, as honest or not as a test wants it.
final class MemoryRing {
    let reader: RingReader
    private let size: Int
    private let positions: UnsafeMutableRawPointer
    private let data: UnsafeMutableRawPointer

    init(size: Int) {
        self.size = size
        positions = .allocate(byteCount: 16, alignment: 8)
        positions.initializeMemory(as: UInt64.self, repeating: 0, count: 2)
        data = .allocate(byteCount: 2 * size, alignment: 8)
        data.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * size)
        reader = RingReader(consumer: positions, producer: positions + 8, data: data, size: size)
    }

    deinit {
        positions.deallocate()
        data.deallocate()
    }

    var consumed: UInt64 { positions.load(as: UInt64.self) }
    var produced: UInt64 { (positions + 8).load(as: UInt64.self) }

    func setPositions(consumed: UInt64, produced: UInt64) {
        positions.storeBytes(of: consumed, as: UInt64.self)
        (positions + 8).storeBytes(of: produced, as: UInt64.self)
    }

    /// Fills the data, both its images.
    func fill(_ byte: () -> UInt8) {
        for place in 0..<size { write(byte(), at: place) }
    }

    /// Appends a record; where its header lies.
    @discardableResult
    func append(_ bytes: [UInt8], busy: Bool = false, discarded: Bool = false) -> Int {
        let start = Int(produced)
        setHeader(at: start, UInt32(bytes.count) | (busy ? 1 << 31 : 0) | (discarded ? 1 << 30 : 0))
        for (index, byte) in bytes.enumerated() { write(byte, at: start + 8 + index) }
        setPositions(consumed: consumed, produced: UInt64(start + (bytes.count + 15) / 8 * 8))
        return start
    }

    func finish(_ place: Int, length: UInt32) { setHeader(at: place, length) }

    func setHeader(at place: Int, _ word: UInt32) {
        for index in 0..<4 { write(UInt8(truncatingIfNeeded: word >> UInt32(index * 8)), at: place + index) }
    }

    private func write(_ byte: UInt8, at place: Int) {
        let place = place & (size - 1)
        data.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        data.storeBytes(of: byte, toByteOffset: place + size, as: UInt8.self)
    }

    func drain(limit: Int = 1000) throws(RingReader.Damage) -> [[UInt8]] {
        var records: [[UInt8]] = []
        _ = try reader.read(limit: limit) { records.append(Array($0)) }
        return records
    }
}

/// Numbers that are the same in every run.
struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
