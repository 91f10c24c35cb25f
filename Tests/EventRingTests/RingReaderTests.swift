// SPDX-License-Identifier: Apache-2.0

import EventRing
import Testing

@Suite
struct RingReaderTests {
    @Test("records come out in order, the discarded ones don't, and the consumer's position follows")
    func order() throws {
        let ring = MemoryRing(size: 256)
        ring.append([1, 2, 3])
        ring.append([9], discarded: true)
        ring.append(Array(repeating: 7, count: 16))
        #expect(try ring.drain() == [[1, 2, 3], Array(repeating: 7, count: 16)])
        #expect(ring.consumed == ring.produced)
        #expect(!ring.reader.hasRecords)
    }

    @Test("a record that goes over the end of the data is in one piece")
    func wrap() throws {
        let ring = MemoryRing(size: 64)
        for round in 0..<100 {
            let record = (0..<(round % 40)).map { UInt8(truncatingIfNeeded: $0 + round) }
            ring.append(record)
            #expect(try ring.drain() == [record])
        }
    }

    @Test("a record that is being written ends the reading, and is read when it is there")
    func busy() throws {
        let ring = MemoryRing(size: 128)
        ring.append([1])
        let place = ring.append([2], busy: true)
        ring.append([3])
        #expect(try ring.drain() == [[1]])
        ring.finish(place, length: 1)
        #expect(try ring.drain() == [[2], [3]])
    }

    @Test("no more than the limit is read at once")
    func limit() throws {
        let ring = MemoryRing(size: 256)
        for number in 0..<5 { ring.append([UInt8(number)]) }
        #expect(try ring.drain(limit: 2) == [[0], [1]])
        #expect(try ring.drain(limit: 9) == [[2], [3], [4]])
    }

    @Test("a length that reaches beyond what was written is an error")
    func length() {
        let ring = MemoryRing(size: 128)
        ring.append([1, 2, 3, 4])
        ring.setHeader(at: 0, 100)
        #expect(throws: RingReader.Damage.length(100)) { try ring.drain() }
        ring.setHeader(at: 0, 0x3fff_ffff)
        #expect(throws: RingReader.Damage.length(0x3fff_ffff)) { try ring.drain() }
    }

    @Test("positions that can't be are an error", arguments: [(0, 136), (8, 0), (4, 64), (0, 4), (0, Int.max)])
    func positions(consumed: Int, produced: Int) {
        let ring = MemoryRing(size: 128)
        ring.setPositions(consumed: UInt64(consumed), produced: UInt64(produced))
        #expect(throws: RingReader.Damage.positions) { try ring.drain() }
    }

    @Test("whatever the memory holds, reading ends without a trap")
    func randomMemory() {
        var random = Xorshift(state: 0x9e37_79b9_7f4a_7c15)
        for _ in 0..<20_000 {
            let ring = MemoryRing(size: 64)
            ring.fill { UInt8(truncatingIfNeeded: random.next()) }
            let start = random.next() % 4096
            ring.setPositions(consumed: start, produced: start &+ random.next() % 96)
            _ = try? ring.drain()
        }
    }
}
