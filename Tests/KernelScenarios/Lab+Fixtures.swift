// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

extension Lab {
    /// The executable of this process, and of the children in which acts are performed.
    static let own: String = {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }()

    /// A directory of the lab; made if it isn't there.
    static func folder(_ name: String) throws -> String {
        let path = root + "/" + name
        try require(mkdir(path, 0o755) == 0 || errno == EEXIST, "make \(path): \(String(cString: strerror(errno)))")
        return path
    }

    /// A file with a line in it.
    static func file(_ path: String) throws -> String {
        try write("something to read\n", to: path, mode: 0o644)
        return path
    }

    /// A copy of the program that is a shell and everything else.
    static func shell(_ path: String) throws -> String {
        try copy("/bin/busybox", to: path)
        return path
    }

    /// A program of 132 bytes that ends with this status.
    static func program(endingWith status: UInt8) -> [UInt8] {
        tinyProgram.dropLast(12) + [0xbf, status, 0, 0, 0, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05]
    }

    /// A program of 132 bytes that waits for signals. Its only page is at `sleeperAddress`, and may be written.
    static let sleeperProgram: [UInt8] = {
        var bytes: [UInt8] = tinyProgram.dropLast(12) + [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7, 0, 0, 0]
        bytes[68] = 7  // p_flags
        return bytes
    }()
    /// Eight bytes that may be read and written.
    static let sleeperAddress: UInt64 = 0x40_0800

    /// Puts a text into a file that exists, such as a switch of the kernel's.
    static func put(_ text: String, into path: String) throws {
        try expect(acts_write_text(path, text), 0, "write '\(text)' to \(path)")
    }

    /// Lets io_uring be used, where an administrator may forbid it (Linux 6.6).
    static func allowUring() throws {
        let key = "/proc/sys/kernel/io_uring_disabled"
        if access(key, F_OK) == 0 { try put("0", into: key) }
    }

    /// A cgroup of version 2; what was left of an earlier one is used again.
    static func cgroup(_ name: String) throws -> String {
        let path = "/sys/fs/cgroup/" + name
        try require(mkdir(path, 0o755) == 0 || errno == EEXIST, "make \(path): \(String(cString: strerror(errno)))")
        return path
    }

    /// What a program prints.
    static func output(_ arguments: [String]) throws -> String {
        let file = root + "/output"
        unlink(file)
        let status = try DaemonProcess.runToEnd(arguments, output: file)
        let text = String(decoding: try read(file), as: UTF8.self)
        try expect(status, 0, "status of \(arguments.joined(separator: " ")), which said: \(text)")
        return text
    }

    /// The SHA-256 of a file.
    static func digest(of path: String) throws -> Digest {
        let text = try output(["/usr/bin/sha256sum", path])
        guard let digest = Digest(String(text.prefix(64))) else { throw Failure("no digest: \(text)") }
        return digest
    }
}

/// A process to act on; it ends with the value.
final class Target: Sendable {
    let pid: Int32
    /// Its second thread, if it was started with one.
    let thread: Int32

    /// Executes a program and waits until it runs.
    init(_ program: String, user: UInt32 = 0) throws {
        pid = acts_start_target(program, user)
        thread = 0
        try require(pid > 0, "start \(program): \(pid)")
    }

    /// A fork of this process with a second thread.
    init(threads: Void) throws {
        var second: Int32 = 0
        pid = acts_start_threads(&second)
        thread = second
        try require(pid > 0, "start a process with two threads: \(pid)")
    }

    deinit { acts_end_target(pid) }

    /// Waits for its end by itself; the wait status. Nothing is left to end then.
    static func wait(for pid: Int32) -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status
    }
}
