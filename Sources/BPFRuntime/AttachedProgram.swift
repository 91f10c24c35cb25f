// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc

/// A program that some process attached, looked at through its pinned attachment.
public final class AttachedProgram: Sendable {
    private let descriptor: Int32
    private let maps: [Int32]

    /// How often it ran and how long, while `kernel.bpf_stats_enabled` is 1.
    public struct Runs: Hashable, Sendable {
        public var count: UInt64
        public var nanoseconds: UInt64
    }

    public init(attachmentPinnedAt path: String) throws(BPFError) {
        let link = bpf_obj_get(path)
        guard link >= 0 else { throw BPFError("open pinned attachment \(path)", code: errno) }
        defer { close(link) }
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        guard bpf_obj_get_info_by_fd(link, &info, &length) == 0 else {
            throw BPFError("inspect attachment \(path)", code: errno)
        }
        let program = bpf_prog_get_fd_by_id(info.prog_id)
        guard program >= 0 else { throw BPFError("open program of \(path)", code: errno) }
        descriptor = program
        maps = Self.openMaps(of: program)
    }

    deinit {
        for map in maps { close(map) }
        close(descriptor)
    }

    private static func openMaps(of program: Int32) -> [Int32] {
        var ids = [UInt32](repeating: 0, count: 64)
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        let count = ids.withUnsafeMutableBufferPointer { ids in
            info.nr_map_ids = UInt32(ids.count)
            info.map_ids = UInt64(UInt(bitPattern: ids.baseAddress))
            return bpf_obj_get_info_by_fd(program, &info, &length) == 0 ? Int(info.nr_map_ids) : 0
        }
        return ids.prefix(count).map { bpf_map_get_fd_by_id($0) }.filter { $0 >= 0 }
    }

    public func runs() throws(BPFError) -> Runs {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else {
            throw BPFError("inspect program", code: errno)
        }
        return Runs(count: info.run_cnt, nanoseconds: info.run_time_ns)
    }

    /// All values, one after another, of the array map that the program uses whose name ends so; `nil` if there is none.
    /// The kernel cuts names at 15 bytes.
    public func values(ofMapNamed suffix: String) -> [UInt64]? {
        for map in maps {
            var info = bpf_map_info()
            var length = UInt32(MemoryLayout<bpf_map_info>.size)
            guard bpf_obj_get_info_by_fd(map, &info, &length) == 0 else { continue }
            let name = withUnsafeBytes(of: info.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard name.hasSuffix(suffix) else { continue }
            var values: [UInt64] = []
            for index in 0..<info.max_entries {
                var key = index
                var value = [UInt64](repeating: 0, count: (Int(info.value_size) + 7) / 8)
                guard bpf_map_lookup_elem(map, &key, &value) == 0 else { return nil }
                values += value
            }
            return values
        }
        return nil
    }
}
