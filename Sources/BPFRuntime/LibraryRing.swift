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

    init(descriptor: Int32, name: String) throws(BPFError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ring = ring_buffer__new(descriptor, receiveRecord, context, nil)
        guard ring != nil else { throw BPFError("open ring \(name)", code: errno) }
    }

    deinit { ring_buffer__free(ring) }

    func drain(timeout: Int32, _ body: (UnsafeRawBufferPointer) -> Void) throws(BPFError) -> Int {
        let code = withoutActuallyEscaping(body) { body in
            self.body = body
            defer { self.body = nil }
            return ring_buffer__poll(ring, timeout)
        }
        if code == -EINTR { return 0 }
        guard code >= 0 else { throw BPFError("read ring", code: -code) }
        return Int(code)
    }

    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) { body?(bytes) }
}

/// Not a closure: one written in place could inherit an actor's isolation and trap on a C thread.
nonisolated private func receiveRecord(
    _ context: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?, _ size: Int
) -> Int32 {
    guard let context, let data else { return 0 }
    let ring = Unmanaged<LibraryRing>.fromOpaque(context).takeUnretainedValue()
    ring.receive(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}
