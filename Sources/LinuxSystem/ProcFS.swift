// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Readings of `/proc` and `/sys` that the platform needs.
public enum ProcFS {
    /// The kernel's release (`uname -r`).
    public static func kernelRelease() -> String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
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
