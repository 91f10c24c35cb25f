// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Memory that processes share by a descriptor, of a size that nobody can change.
///
/// Sendable: the address and the size never change; what lies there is ordered by whoever uses it.
public final class SharedMemory: @unchecked Sendable {
    public let descriptor: Int32
    public let address: UnsafeMutableRawPointer
    public let size: Int

    /// New memory, zeroed.
    ///
    /// - Parameter name: shown in `/proc/PID/fd` as `/memfd:NAME`.
    public convenience init(name: String, size: Int) throws(Errno) {
        let descriptor = clinux_sealed_memory(name, UInt64(size))
        guard descriptor >= 0 else { throw Errno("memfd_create \(name)") }
        try self.init(adopting: descriptor, size: size)
    }

    /// Memory that another process made.
    ///
    /// - Throws: `EINVAL` when it isn't memory of that size, or when somebody could still make it smaller: whoever then
    ///   touched what is gone would be killed (SIGBUS).
    public init(adopting descriptor: Int32, size: Int) throws(Errno) {
        var status = stat()
        // The seal first: what has one is memory, and `fstat` of that waits for nobody.
        guard clinux_cannot_shrink(descriptor) != 0, fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
            close(descriptor)
            throw Errno("map shared memory", code: EINVAL)
        }
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            let error = Errno("map shared memory")
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.address = mapped
        self.size = size
    }

    deinit {
        munmap(address, size)
        close(descriptor)
    }
}
