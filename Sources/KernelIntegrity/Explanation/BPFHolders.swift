// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import Glibc
import LinuxSystem

/// Which processes hold BPF programs, or links of them, by their descriptors.
struct BPFHolders: Sendable {
    /// By program's number: the process, and what it is called.
    private(set) var processes: [UInt32: (pid: Int32, name: String)] = [:]
    /// Whether not all descriptors were looked at.
    private(set) var isCut = false

    /// The most descriptors that are looked at, of all processes together.
    private static let limit = 50_000

    /// - Parameter only: of these processes; `nil` for all.
    init(_ links: [BPFLink], only: [Int32]? = nil) {
        let programs = Dictionary(links.map { ($0.id, $0.program) }, uniquingKeysWith: { first, _ in first })
        let all = only ?? ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }
        var looked = 0
        for pid in all {
            guard let descriptors = try? FileSystem.list("/proc/\(pid)/fd") else { continue }
            for descriptor in descriptors {
                looked += 1
                if looked > Self.limit {
                    isCut = true
                    return
                }
                guard Self.isBPF("/proc/\(pid)/fd/\(descriptor)"),
                    let text = try? FileSystem.readText("/proc/\(pid)/fdinfo/\(descriptor)")
                else { continue }
                let program = Self.number("prog_id", text) ?? Self.number("link_id", text).flatMap { programs[$0] }
                guard let program, processes[program] == nil else { continue }
                let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
                processes[program] = (pid, String(name.prefix { $0 != "\n" }))
            }
        }
    }

    private static func isBPF(_ path: String) -> Bool {
        var buffer = [CChar](repeating: 0, count: 32)
        let length = readlink(path, &buffer, buffer.count - 1)
        return length > 0
            && String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .hasPrefix("anon_inode:bpf")
    }

    private static func number(_ key: String, _ text: String) -> UInt32? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }) else { return nil }
        return UInt32(line.dropFirst(key.count + 1).filter { $0 != " " && $0 != "\t" })
    }
}
