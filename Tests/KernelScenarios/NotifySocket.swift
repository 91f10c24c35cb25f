// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A service manager's end of sd_notify(3): a datagram socket.
final class NotifySocket {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try require(descriptor >= 0 && bound == 0, "bind \(path): \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// The next message, waited for 10 s at most.
    func next() throws -> String {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try require(poll(&polled, 1, 10_000) == 1, "no message to the service manager")
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        try require(count >= 0, "recv: \(String(cString: strerror(errno)))")
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
