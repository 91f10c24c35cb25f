// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A regular file that nobody writes to while it is read: a read lease holds, so no descriptor and no mapping for writing
/// exists (fcntl(2), F_SETLEASE). Who opens it for writing meanwhile waits until this one is closed.
public final class StableFile: Sendable {
    /// What tells a content from an earlier one of the same file.
    public struct Version: Hashable, Sendable {
        public var inode: UInt64
        public var deviceMajor: UInt32
        public var deviceMinor: UInt32
        public var size: UInt64
        /// ctime.
        public var changeSeconds: Int64
        public var changeNanoseconds: UInt32

        public init(
            inode: UInt64, deviceMajor: UInt32, deviceMinor: UInt32, size: UInt64, changeSeconds: Int64,
            changeNanoseconds: UInt32
        ) {
            self.inode = inode
            self.deviceMajor = deviceMajor
            self.deviceMinor = deviceMinor
            self.size = size
            self.changeSeconds = changeSeconds
            self.changeNanoseconds = changeNanoseconds
        }

        fileprivate init(_ descriptor: Int32) throws(Errno) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw Errno("fstat") }
            guard status.st_mode & S_IFMT == S_IFREG else { throw Errno("open a regular file", code: EINVAL) }
            self.init(
                inode: UInt64(status.st_ino), deviceMajor: clinux_major(UInt64(status.st_dev)),
                deviceMinor: clinux_minor(UInt64(status.st_dev)), size: UInt64(status.st_size),
                changeSeconds: Int64(status.st_ctim.tv_sec), changeNanoseconds: UInt32(status.st_ctim.tv_nsec))
        }
    }

    private let descriptor: Int32
    private let version: Version

    /// Opens the file at the path `bytes` if it is that version; neither follows a last symbolic link nor opens a device.
    ///
    /// - Throws: `ESTALE` for another file or version; `EAGAIN` while somebody has it open for writing; `EINVAL` where the
    ///   file system has no leases.
    public init(_ bytes: [UInt8], version: Version) throws(Errno) {
        let path = String(decoding: bytes, as: UTF8.self)
        let place = (bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { clinux_open_place($0.baseAddress!) }
        }
        guard place >= 0 else { throw Errno("open \(path)") }
        defer { close(place) }
        guard try Version(place) == version else { throw Errno("open \(path)", code: ESTALE) }
        let descriptor = clinux_open_unnoticed("/proc/self/fd/\(place)")
        guard descriptor >= 0 else { throw Errno("open \(path)") }
        self.descriptor = descriptor
        self.version = version
        guard clinux_take_read_lease(descriptor) == 0 else { throw Errno("lease \(path)") }
        guard try Version(descriptor) == version else { throw Errno("open \(path)", code: ESTALE) }
    }

    deinit { close(descriptor) }

    /// Reads the whole content.
    ///
    /// - Throws: `EAGAIN` as soon as somebody wants to write: what was read may still be whole, and is nothing to go by.
    public func read(chunk: Int = 1 << 18, _ body: (UnsafeRawBufferPointer) -> Void) throws(Errno) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Errno("read") }
            guard clinux_has_read_lease(descriptor) != 0 else { throw Errno("read", code: EAGAIN) }
            if count == 0 { break }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        guard try Version(descriptor) == version else { throw Errno("read", code: ESTALE) }
    }
}
