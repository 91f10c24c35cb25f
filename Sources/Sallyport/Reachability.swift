// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Finds out why a socket can't be reached, for the message. gRPC says only that it can't.
enum Reachability {
    static func explain(_ path: String) -> SallyportError {
        switch connectError(path) {
        case ENOENT:
            SallyportError(
                .unreachable,
                "there is no socket at \(path): the platform isn't running, or uses another one; start sallyportd, or name"
                    + " its socket")
        case ECONNREFUSED:
            SallyportError(
                .unreachable, "nobody listens on \(path): the platform has stopped; start sallyportd")
        case EACCES, EPERM:
            SallyportError(.permissionDenied, "this user may not open \(path); run as root")
        case 0:
            SallyportError(
                .unreachable, "the platform at \(path) closed the connection: it is stopping, or its log says why")
        case let code:
            SallyportError(.unreachable, "can't connect to \(path): \(String(cString: strerror(code)))")
        }
    }

    /// The number of the error that connecting gives, 0 when it succeeds.
    private static func connectError(_ path: String) -> Int32 {
        var address = sockaddr_un()
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_UNIX, Int32(kind), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
