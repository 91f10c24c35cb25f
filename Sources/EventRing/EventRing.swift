// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
package import LinuxSystem

/// A subscriber's ring, mapped: read with no copy and no privilege by whoever has its descriptor.
///
/// ## Concurrency model
/// One reader at a time; `wait` and `wake` may be called from other threads.
package final class EventRing: @unchecked Sendable {
    // @unchecked: what is stored never changes; the memory is read by whom the caller lets read, one at a time.
    /// Open as long as the ring is.
    package let descriptor: Int32
    package let size: Int
    private let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    private let consumer: UnsafeMutableRawPointer
    private let producer: UnsafeMutableRawPointer
    private let reader: RingReader

    /// Maps a ring. The descriptor is the ring's from now on, also when it throws.
    ///
    /// - Parameter size: bytes of its data: a power of two, of whole pages.
    package init(owning descriptor: Int32, size: Int) throws(Errno) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard size >= page, size & (size - 1) == 0, size <= 1 << 30 else {
            close(descriptor)
            throw Errno("map ring of \(size) bytes", code: EINVAL)
        }
        guard let consumer = mmap(nil, page, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), consumer != MAP_FAILED
        else {
            let code = errno
            close(descriptor)
            throw Errno("map ring", code: code)
        }
        guard let producer = mmap(nil, page + 2 * size, PROT_READ, MAP_SHARED, descriptor, off_t(page)),
            producer != MAP_FAILED
        else {
            let code = errno
            munmap(consumer, page)
            close(descriptor)
            throw Errno("map ring's data", code: code)
        }
        self.descriptor = descriptor
        self.size = size
        self.consumer = consumer
        self.producer = producer
        reader = RingReader(consumer: consumer, producer: producer, data: producer + page, size: size)
    }

    deinit {
        munmap(consumer, page)
        munmap(producer, page + 2 * size)
        close(descriptor)
    }

    package var hasRecords: Bool { reader.hasRecords }

    /// Hands over what there is: see `RingReader.read`.
    package func read(limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws(RingReader.Damage) -> Int {
        try reader.read(limit: limit, body)
    }

    /// Waits for records up to so many milliseconds; whether there may be some.
    package func wait(milliseconds: Int32) throws(Errno) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = Glibc.poll(&poll, 1, milliseconds)
        if count < 0, errno != EINTR { throw Errno("wait for records") }
        return count > 0
    }
}
