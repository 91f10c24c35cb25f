// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import Glibc
import KernelABI
import LinuxSystem

/// What a process consists of, as far as protection has to know: threads, executable, code that is mapped.
public struct OwnProcess: Sendable {
    public var pid: Int32

    public init(_ pid: Int32) { self.pid = pid }

    /// Numbers of its threads.
    public var threads: [Int32] {
        ((try? FileSystem.list("/proc/\(pid)/task")) ?? []).compactMap { Int32($0) }
    }

    /// The path of its executable.
    public var executable: String? {
        ProcFS.link("/proc/\(pid)/exe").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Paths of the files that are mapped executable, its executable among them.
    public var code: Set<String> {
        guard let bytes = try? FileSystem.read("/proc/\(pid)/maps") else { return [] }
        var paths: Set<String> = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard words.count == 6, words[1].contains("x") else { continue }
            let path = words[5].drop { $0 == " " }
            if path.hasPrefix("/") { paths.insert(String(path)) }
        }
        return paths
    }

    /// Guards all of its threads, those that are made meanwhile included.
    public func take(into kernel: ProtectedKernel, owner: UInt32, flags: UInt32, entry: UInt64) throws(BPFError) {
        // The process's own number first: what is created from then on is guarded by its creator.
        try kernel.guardTask(pid, owner: owner, flags: flags, entry: entry)
        var done: Set<Int32> = [pid]
        while true {
            let missing = threads.filter { !done.contains($0) }
            if missing.isEmpty { return }
            for thread in missing {
                try kernel.guardTask(thread, owner: owner, flags: flags, entry: entry)
                done.insert(thread)
            }
        }
    }

    /// The numbers of the cgroups (version 2) that it lives in and below, but for the root.
    public var cgroups: [UInt64] {
        guard let text = try? FileSystem.readText("/proc/\(pid)/cgroup"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return [] }
        var path = "/sys/fs/cgroup"
        var numbers: [UInt64] = []
        for name in line.dropFirst(3).split(separator: "/") {
            path += "/" + name
            var status = stat()
            if stat(path, &status) == 0 { numbers.append(UInt64(status.st_ino)) }
        }
        return numbers
    }

    /// This process's own maps, programs and links: the platform's from now on.
    public static func takeBPFObjects(into kernel: ProtectedKernel) throws(BPFError) {
        for name in (try? FileSystem.list("/proc/self/fdinfo")) ?? [] {
            guard let text = try? FileSystem.readText("/proc/self/fdinfo/\(name)") else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
                guard words.count == 2, let id = UInt32(words[1]) else { continue }
                switch words[0] {
                case "map_id": try kernel.guardBPF(SP_BPF_MAP, id)
                case "prog_id": try kernel.guardBPF(SP_BPF_PROGRAM, id)
                case "link_id": try kernel.guardBPF(SP_BPF_LINK, id)
                default: break
                }
            }
        }
    }
}
