// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Readings of `/proc` and `/sys` that the platform needs.
public enum ProcFS {
    /// The kernel's release (`uname -r`).
    public static func kernelRelease() -> String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The running kernel's release and build, such as `6.12.95+deb13-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.95-1
    /// (2026-07-10) x86_64`.
    public static func kernelVersion() -> String {
        var names = utsname()
        uname(&names)
        let texts = withUnsafeBytes(of: &names) { bytes in
            [\utsname.release, \utsname.version, \utsname.machine].map { field in
                let start = MemoryLayout<utsname>.offset(of: field)!
                return String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return texts.joined(separator: " ")
    }

    /// The active security modules in order; `nil` when securityfs isn't mounted.
    public static func securityModules() -> [String]? {
        guard let text = try? FileSystem.readText("/sys/kernel/security/lsm") else { return nil }
        return text.split { $0 == "," || $0 == "\n" }.map(String.init)
    }

    /// The kernel's lockdown mode: `none`, `integrity` or `confidentiality`; `nil` when it can't be read.
    public static func lockdown() -> String? {
        guard let text = try? FileSystem.readText("/sys/kernel/security/lockdown") else { return nil }
        return text.split(separator: " ").first { $0.hasPrefix("[") }.map {
            String($0.filter { $0.isLetter })
        }
    }

    /// A process's arguments; empty when it is gone or has none.
    public static func arguments(of pid: Int32, limit: Int) -> (arguments: [String], truncated: Bool) {
        guard let bytes = try? FileSystem.read("/proc/\(pid)/cmdline", limit: limit + 1) else { return ([], false) }
        let kept = bytes.prefix(limit)
        let parts = kept.split(separator: 0, omittingEmptySubsequences: false)
        var arguments = parts.map { String(decoding: $0, as: UTF8.self) }
        if arguments.last == "" { arguments.removeLast() }
        return (arguments, bytes.count > limit)
    }

    /// The process that a thread is one of; the thread's own number when it is gone.
    public static func process(ofThread thread: Int32) -> Int32 {
        // Mostly it is the first one: a system call tells, without a file.
        if clinux_is_thread_of(thread, thread) != 0 { return thread }
        return field("Tgid", of: thread) ?? thread
    }

    /// The parent of a process, when it can be read.
    public static func parent(of pid: Int32) -> Int32? { field("PPid", of: pid) }

    /// The granularity of ``startTime(of:)``: `USER_HZ` is 100 on every architecture that matters here. Nanoseconds.
    public static let startTimeGranularity: UInt64 = 10_000_000

    /// When a process started, nanoseconds of CLOCK_BOOTTIME rounded down to ``startTimeGranularity``; `nil` when it is gone.
    public static func startTime(of pid: Int32) -> UInt64? {
        // The second field is a name in parentheses that may hold anything; the 22nd is the start time (proc_pid_stat(5)).
        guard let text = try? FileSystem.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]).map { $0 * startTimeGranularity } : nil
    }

    /// Whether a process runs as root in every respect: real, effective, saved and file system user.
    public static func isRoots(_ pid: Int32) -> Bool {
        let users = line("Uid", of: pid)?.split(separator: "\t") ?? []
        return users.count == 4 && users.allSatisfy { $0 == "0" }
    }

    /// Whether a thread still runs, or may: one that can't be looked at isn't taken for dead. One that was killed and that
    /// nobody has waited for is.
    public static func isAlive(_ thread: Int32) -> Bool {
        do throws(Errno) {
            let text = try FileSystem.readText("/proc/\(thread)/stat")
            // After the name in parentheses, which may hold anything (proc_pid_stat(5)).
            let state = text.lastIndex(of: ")").flatMap { text[$0...].dropFirst(2).first }
            return state != "Z" && state != "X"
        } catch {
            return error.code != ENOENT && error.code != ESRCH
        }
    }

    private static func field(_ name: String, of thread: Int32) -> Int32? {
        line(name, of: thread).flatMap { Int32($0.filter(\.isNumber)) }
    }

    private static func line(_ name: String, of thread: Int32) -> Substring? {
        guard let text = try? FileSystem.readText("/proc/\(thread)/status") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.dropFirst(name.utf8.count + 1)
    }

    /// Where a link of `/proc` points, as bytes.
    public static func link(_ path: String) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// The number of a process's mount namespace.
    public static func mountNamespace(of process: String) -> UInt32? {
        guard let target = link("/proc/\(process)/ns/mnt") else { return nil }
        return UInt32(String(decoding: target, as: UTF8.self).filter(\.isNumber))
    }

    /// The machine's name (gethostname(2)).
    public static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Which boot of the machine this is; empty where it isn't told.
    public static func bootID() -> String {
        let text = (try? FileSystem.readText("/proc/sys/kernel/random/boot_id")) ?? ""
        return String(text.prefix { $0 != "\n" })
    }

    public static func ownPID() -> Int32 { getpid() }

    /// Processors that can ever be online.
    public static func possibleProcessors() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))) }

    /// Resident memory of this process in bytes.
    public static func residentBytes() -> Int {
        guard let text = try? FileSystem.readText("/proc/self/statm") else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
