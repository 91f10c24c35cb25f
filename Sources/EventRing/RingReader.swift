// SPDX-License-Identifier: Apache-2.0

import CLinux

/// The reading end of a BPF ring over memory that lies anywhere: `kernel/bpf/ringbuf.c` is the writing end.
///
/// Positions count bytes for ever. A record is a header of eight bytes, whose first word is its length with two bits of
/// state, and its bytes; the next header begins at a multiple of eight. The data lies twice in a row, so that what goes
/// over the end is in one piece. Nothing that the memory says is believed: what can't be is an error, and ends the reading.
package struct RingReader {
    /// The memory doesn't hold what a ring holds.
    package enum Damage: Error, Equatable {
        /// More is to be read than the ring has room for, or the end lies before the beginning.
        case positions
        /// A record that reaches beyond what was written.
        case length(UInt32)
    }

    private static let busy: UInt32 = 1 << 31
    private static let discarded: UInt32 = 1 << 30
    private static let header: UInt64 = 8

    /// Written by this end: up to where records were read.
    private let consumer: UnsafeMutableRawPointer
    /// Written by the other end.
    private let producer: UnsafeRawPointer
    /// The data, twice.
    private let data: UnsafeRawPointer
    private let size: UInt64

    /// - Parameters:
    ///   - size: bytes of the data, once: a power of two. `data` has twice that.
    package init(
        consumer: UnsafeMutableRawPointer, producer: UnsafeRawPointer, data: UnsafeRawPointer, size: Int
    ) {
        precondition(size >= 8 && size & (size - 1) == 0)
        self.consumer = consumer
        self.producer = producer
        self.data = data
        self.size = UInt64(size)
    }

    /// Whether there is something to read, or is being written.
    package var hasRecords: Bool { clinux_load_acquire(consumer) != clinux_load_acquire(producer) }

    /// Hands over what there is, `limit` records at most; returns how many. The bytes are valid during the call of `body`
    /// only. A record that is still being written ends the reading.
    package func read(limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws(Damage) -> Int {
        var position = clinux_load_acquire(consumer)
        let end = clinux_load_acquire(producer)
        guard position % Self.header == 0, end &- position <= size else { throw .positions }
        var count = 0
        while position != end, count < limit {
            // A header's room: positions are multiples of eight, but the other end may lie.
            guard end &- position >= Self.header else { throw .positions }
            let place = data + Int(position & (size - 1))
            let word = clinux_load_acquire_32(place)
            if word & Self.busy != 0 { break }
            let length = word & ~(Self.busy | Self.discarded)
            let step = (UInt64(length) + Self.header + 7) / 8 * 8
            guard step <= end &- position else { throw .length(length) }
            if word & Self.discarded == 0 {
                body(UnsafeRawBufferPointer(start: place + Int(Self.header), count: Int(length)))
                count += 1
            }
            position &+= step
            clinux_store_release(consumer, position)
        }
        return count
    }
}
