// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc
import Synchronization

/// What the kernel tells of loaded programs, and running those that are made to be called.
extension BPFObject {
    /// Runs a `SEC("syscall")` program on `context`, which it may change (BPF_PROG_TEST_RUN); returns its value.
    public func run(_ name: String, context: UnsafeMutableRawBufferPointer) throws(BPFError) -> UInt32 {
        var options = bpf_test_run_opts()
        options.sz = MemoryLayout<bpf_test_run_opts>.size
        options.ctx_in = UnsafeRawPointer(context.baseAddress)
        options.ctx_size_in = UInt32(context.count)
        let code = bpf_prog_test_run_opts(try programDescriptor(name), &options)
        guard code == 0 else { throw BPFError("run program \(name)", code: -code) }
        return options.retval
    }

    /// Stores one value of an array map.
    public func update(_ map: String, index: UInt32, value: UnsafeRawBufferPointer) throws(BPFError) {
        var key = index
        let code = bpf_map_update_elem(try mapDescriptor(map), &key, value.baseAddress, UInt64(BPF_ANY))
        guard code == 0 else { throw BPFError("update map \(map)", code: -code) }
    }

    /// What the kernel tells about a loaded program.
    public struct ProgramInfo: Hashable, Sendable {
        /// Instructions that the verifier processed (`bpf_prog_info.verified_insns`).
        public var verifiedInstructions: UInt32
        /// Bytes of machine code.
        public var machineCodeBytes: UInt32
        /// Times that the kernel skipped the program because it was running already on that CPU.
        public var recursionMisses: UInt64
    }

    public func info(_ name: String) throws(BPFError) -> ProgramInfo {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        let code = bpf_obj_get_info_by_fd(try programDescriptor(name), &info, &length)
        guard code == 0 else { throw BPFError("inspect program \(name)", code: -code) }
        return ProgramInfo(
            verifiedInstructions: info.verified_insns, machineCodeBytes: info.jited_prog_len,
            recursionMisses: info.recursion_misses)
    }

    /// One instruction as the kernel was given it; one that loads 64 bits takes two places.
    public struct Instruction: Hashable, Sendable {
        public var code: UInt8
        /// The source register, or what the immediate value is.
        public var source: UInt8
        public var offset: Int16
        public var immediate: Int32
    }

    /// A loaded program with all that it calls behind it: maps are descriptors.
    public func instructions(of name: String) throws(BPFError) -> [Instruction] {
        let program = try program(name)
        let raw = UnsafeBufferPointer(start: bpf_program__insns(program), count: bpf_program__insn_cnt(program))
        return raw.map {
            Instruction(code: $0.code, source: UInt8($0.src_reg), offset: $0.off, immediate: $0.imm)
        }
    }

    /// How many of them are kept.
    private static let maxInnerMaps = 64

    func noteInnerMap(_ descriptor: Int32) {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        guard bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 else { return }
        let id = info.id
        state.withLock { state in
            state.innerMaps.append(id)
            if state.innerMaps.count > Self.maxInnerMaps { state.innerMaps.removeFirst() }
        }
    }

    /// Numbers of the maps that this object made to lie in others, of the last ones.
    public var innerMapNumbers: [UInt32] { state.withLock { $0.innerMaps } }

    /// The number of an attachment.
    public static func linkNumber(of descriptor: Int32) -> UInt32? {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        return bpf_obj_get_info_by_fd(descriptor, &info, &length) == 0 ? info.id : nil
    }

    /// The descriptor of a map; it stays the object's.
    public func mapDescriptor(of name: String) throws(BPFError) -> Int32 { try mapDescriptor(name) }

    /// None of a program that isn't loaded.
    public func skippedRuns(of program: String) throws(BPFError) -> UInt64 {
        isLoaded(program) ? try info(program).recursionMisses : 0
    }
}
