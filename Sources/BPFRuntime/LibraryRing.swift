// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc

/// A ring read through libbpf.
///
/// ## Concurrency model
/// One thread drains; the kernel is the other side.
final class LibraryRing: RecordRing, @unchecked Sendable {
    // @unchecked: used by one thread at a time, as the protocol demands; the current body is only set during a drain.
    private var ring: OpaquePointer?
    private var body: ((UnsafeRawBufferPointer) -> Void)?
    private var left = 0

    init(descriptor: Int32, name: String) throws(BPFError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ring = ring_buffer__new(descriptor, receiveRecord, context, nil)
        guard ring != nil else { throw BPFError("open ring \(name)", code: errno) }
    }

    deinit { ring_buffer__free(ring) }

    func drain(timeout: Int32, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws(BPFError) -> Int {
        let code = withoutActuallyEscaping(body) { body in
            self.body = body
            left = limit
            defer { self.body = nil }
            return ring_buffer__poll(ring, timeout)
        }
        // ECANCELED is ours: libbpf would go on as long as records come, and a producer may never stop.
        guard code >= 0 || code == -EINTR || code == -ECANCELED else { throw BPFError("read ring", code: -code) }
        return limit - left
    }

    /// Whether another record may follow.
    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        body?(bytes)
        left -= 1
        return left > 0
    }
}

/// Not a closure: one written in place could inherit an actor's isolation and trap on a C thread.
nonisolated private func receiveRecord(
    _ context: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?, _ size: Int
) -> Int32 {
    guard let context, let data else { return 0 }
    let ring = Unmanaged<LibraryRing>.fromOpaque(context).takeUnretainedValue()
    // libbpf counts this record as read before it returns our error.
    return ring.receive(UnsafeRawBufferPointer(start: data, count: size)) ? 0 : -ECANCELED
}
