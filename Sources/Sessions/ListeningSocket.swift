// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A Unix socket that listens on a path, with a lock that makes this process the only one that may.
///
/// The file is created with its mode in one step, so that there is no moment in which others could connect. A socket
/// that a dead server left is removed; one that somebody listens on never is.
final class ListeningSocket: Sendable {
    /// The longest path that the transport of our own clients can address. The kernel would take 107 bytes.
    static let pathLimit = 103
    private static let backlog: Int32 = 128

    let path: String
    private let identity: SocketFile
    private let lock: Int32
    private let descriptor: Mutex<Int32?>

    /// - Parameter mode: who may connect; 0600 is this user only.
    init(path: String, mode: mode_t = 0o600) throws(APIServerError) {
        let address = try SocketAddress(path)
        try Self.prepareDirectory(of: path)
        let lock = try Self.takeLock(path + ".lock", for: path)
        do throws(APIServerError) {
            try Self.removeStaleSocket(at: path, address)
            let descriptor = try Self.listen(on: path, address, mode)
            guard let identity = SocketFile(at: path) else {
                close(descriptor)
                throw .system("stat \(path)")
            }
            self.path = path
            self.identity = identity
            self.lock = lock
            self.descriptor = Mutex(descriptor)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        remove()
        close(lock)
    }

    /// Hands the listening descriptor over to the caller, who closes it. `nil` when it was taken already.
    func take() -> Int32? {
        descriptor.withLock { $0.take() }
    }

    /// Stops listening, unless the descriptor was taken, and removes the file if it is still this socket's.
    func remove() {
        if let descriptor = take() { close(descriptor) }
        if SocketFile(at: path) == identity { unlink(path) }
    }

    private static func prepareDirectory(of path: String) throws(APIServerError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let directory = parts.count < 2 ? "." : parts.dropLast().joined(separator: "/") + "/"
        if mkdir(directory, 0o755) != 0 && errno != EEXIST { throw .system("create the directory \(directory)") }
        var status = stat()
        guard stat(directory, &status) == 0 else { throw .system("examine the directory \(directory)") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw APIServerError(
                code: .directory, message: "\(directory) is not a directory; choose another socket path")
        }
        guard status.st_mode & 0o022 == 0, status.st_uid == 0 || status.st_uid == geteuid() else {
            throw APIServerError(
                code: .directory,
                message: "\(directory) can be changed by others, who could put their own socket there; give it to root"
                    + " with mode 0755, or choose another socket path")
        }
    }

    /// Held until the process ends: two servers that start at once can't both find the same socket stale.
    private static func takeLock(_ path: String, for socket: String) throws(APIServerError) -> Int32 {
        let lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw .system("open the lock \(path)") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let running = errno == EWOULDBLOCK
            defer { close(lock) }
            throw running ? .alreadyRunning(socket) : .system("lock \(path)")
        }
        return lock
    }

    private static func removeStaleSocket(at path: String, _ address: SocketAddress) throws(APIServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system("examine \(path)")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw APIServerError(
                code: .notASocket,
                message: "\(path) exists and is not a socket; remove it or choose another socket path")
        }
        let probe = try makeSocket()
        defer { close(probe) }
        // Not blocking, so a full backlog says EAGAIN: somebody listens, if only slowly.
        if address.withPointer({ connect(probe, $0, $1) }) == 0 || errno == EAGAIN { throw .alreadyRunning(path) }
        guard errno == ECONNREFUSED else { throw .system("find out who listens on \(path)") }
        guard unlink(path) == 0 else { throw .system("remove the stale socket \(path)") }
    }

    private static func listen(
        on path: String, _ address: SocketAddress, _ mode: mode_t
    ) throws(APIServerError) -> Int32 {
        let descriptor = try makeSocket()
        // bind takes the file's mode from the socket's own inode (net/unix/af_unix.c), so it never had a wider one.
        guard fchmod(descriptor, mode) == 0, address.withPointer({ bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else {
            let error = APIServerError.system("listen on \(path)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func makeSocket() throws(APIServerError) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_UNIX, Int32(kind), 0)
        guard descriptor >= 0 else { throw .system("create a socket") }
        return descriptor
    }
}

/// Which file lies at a socket's path.
private struct SocketFile: Equatable {
    var device: dev_t
    var inode: ino_t

    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
    }
}

/// A path as the kernel takes it.
private struct SocketAddress {
    private var address = sockaddr_un()

    init(_ path: String) throws(APIServerError) {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0) else {
            throw APIServerError(
                code: .pathTooLong, message: "the socket path is empty or has a zero byte; name a file")
        }
        guard bytes.count <= ListeningSocket.pathLimit else {
            throw APIServerError(
                code: .pathTooLong,
                message:
                    "the socket path has \(bytes.count) bytes, of which at most \(ListeningSocket.pathLimit) can be"
                    + " addressed; choose a shorter one: \(path)")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

extension APIServerError {
    /// What failed, and what the kernel said.
    fileprivate static func system(_ what: String) -> APIServerError {
        let reason = String(cString: strerror(errno))
        return APIServerError(code: .system, message: "couldn't \(what): \(reason)")
    }

    fileprivate static func alreadyRunning(_ path: String) -> APIServerError {
        APIServerError(
            code: .alreadyRunning,
            message: "another sallyportd listens on \(path); stop it first, or choose another socket path")
    }
}
