// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CLibBPF
import Glibc
import LinuxSystem

/// BPF programs as bpftrace and other security tools attach them: to functions' beginnings and ends, a security hook, kprobes.
/// They do nothing.
struct BPFAttachments {
    private var types: KernelTypes?

    /// Attaches one of each, waits and takes them away.
    mutating func round(_ number: Int) throws {
        if types == nil { types = try KernelTypes() }
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        let functions = ["vfs_read", "vfs_write", "do_sys_openat2", "security_file_open"]
        let function = functions[number % functions.count]
        // 24, 25 and 26: at the beginning, at the end, instead; 27: a security module.
        for (type, attach, target) in [
            (BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, function), (BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, function),
            (BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "__x64_sys_umask"),
            (BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_file_open"),
        ] {
            guard let id = types?.number(ofFunction: target) else { throw LabError("no type of \(target)", ENOENT) }
            let program = try load(type, attach, id)
            descriptors.append(program)
            let link = bpf_raw_tracepoint_open(nil, program)
            guard link >= 0 else { throw LabError("attach to \(target)", -link) }
            descriptors.append(link)
        }
        try attachProbe(&descriptors)
        Clock.sleep(microseconds: 200_000)
    }

    private func load(
        _ type: bpf_prog_type, _ attach: bpf_attach_type, _ target: UInt32
    ) throws -> Int32 {
        var options = bpf_prog_load_opts()
        options.sz = MemoryLayout<bpf_prog_load_opts>.size
        options.expected_attach_type = attach
        options.attach_btf_id = target
        // r0 = 0; exit
        let code = [
            bpf_insn(code: 0xb7, dst_reg: 0, src_reg: 0, off: 0, imm: 0),
            bpf_insn(code: 0x95, dst_reg: 0, src_reg: 0, off: 0, imm: 0),
        ]
        let program = bpf_prog_load(type, "lab_program", "GPL", code, code.count, &options)
        guard program >= 0 else { throw LabError("load a program", -program) }
        return program
    }

    /// On several functions at once, where the kernel can (its fprobes).
    private func attachProbe(_ descriptors: inout [Int32]) throws {
        let program: Int32
        do { program = try load(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0) } catch { return }
        descriptors.append(program)
        let link = withSymbols(["vfs_fsync", "vfs_statfs", "vfs_truncate"]) { symbols in
            var options = bpf_link_create_opts()
            options.sz = MemoryLayout<bpf_link_create_opts>.size
            options.kprobe_multi.syms = symbols
            options.kprobe_multi.cnt = 3
            return bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &options)
        }
        if link >= 0 {
            descriptors.append(link)
        } else if link != -EOPNOTSUPP && link != -EINVAL {
            throw LabError("attach to three functions", -link)
        }
    }

    private func withSymbols(
        _ names: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = names.map { UnsafePointer(strdup($0)) as UnsafePointer<CChar>? }
        defer { for pointer in pointers { free(UnsafeMutableRawPointer(mutating: pointer)) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
