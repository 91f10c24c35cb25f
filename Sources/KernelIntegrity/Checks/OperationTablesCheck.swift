// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import KernelImage

/// `operation-tables`: the functions by which `/proc`, `/sys` and the sockets' lists are read are the kernel's own, and, where
/// there is an image, the very ones that each table was built with.
///
/// A listed set of tables, each a constant of the kernel's, whose functions malware replaces to hide what is listed. Limits: that
/// an entry of `/proc` points to one of them, and not to a table of somebody else's, isn't looked at. Fixture: `operations`.
public struct OperationTablesCheck: IntegrityCheck {
    public let name = "operation-tables"
    public let covers = "The functions of a listed set of tables by which /proc, /sys and the network's lists are read."
    public let pace = CheckPace.fast

    public init() {}

    /// By the kernel's type.
    private static let tables: [(type: String, symbols: [String])] = [
        (
            "seq_operations",
            [
                "modules_op", "kallsyms_op", "mounts_op", "partitions_op", "proc_pid_maps_op", "proc_pid_smaps_op",
                "proc_pid_numa_maps_op", "crypto_seq_ops", "tcp4_seq_ops", "tcp6_seq_ops", "udp_seq_ops",
                "udp6_seq_ops", "raw_seq_ops", "raw6_seq_ops", "unix_seq_ops", "packet_seq_ops", "netlink_seq_ops",
                "ping_v4_seq_ops", "ping_v6_seq_ops", "arp_seq_ops", "dev_seq_ops", "ptype_seq_ops", "softnet_seq_ops",
                "proto_seq_ops", "fib_trie_seq_ops", "fib_route_seq_ops", "igmp_mc_seq_ops", "if6_seq_ops",
                "bpf_map_seq_ops", "bpf_prog_seq_ops", "bpf_link_seq_ops", "task_seq_ops", "task_file_seq_ops",
                "kernfs_seq_ops", "show_ftrace_seq_ops",
            ]
        ),
        (
            "proc_ops",
            [
                "modules_proc_ops", "kallsyms_proc_ops", "kcore_proc_ops", "kmsg_proc_ops", "stat_proc_ops",
                "swaps_proc_ops", "cpuinfo_proc_ops", "proc_seq_ops", "proc_single_ops", "proc_net_seq_ops",
                "proc_net_single_ops", "sysrq_trigger_proc_ops", "slabinfo_proc_ops", "kpagecount_proc_ops",
            ]
        ),
        (
            "file_operations",
            [
                "proc_root_operations", "proc_dir_operations", "proc_net_operations", "proc_tgid_base_operations",
                "proc_tid_base_operations", "proc_task_operations", "proc_fd_operations", "proc_fdinfo_operations",
                "proc_pid_maps_operations", "proc_pid_smaps_operations", "proc_mem_operations", "proc_iter_file_ops",
                "proc_reg_file_ops", "proc_pid_cmdline_ops", "proc_environ_operations", "proc_mounts_operations",
                "proc_mountinfo_operations", "proc_pid_attr_operations", "proc_single_file_operations",
                "proc_sys_file_operations", "proc_sys_dir_file_operations", "proc_loginuid_operations",
                "kernfs_dir_fops", "kernfs_file_fops", "kmsg_fops", "ext4_file_operations", "ext4_dir_operations",
                "def_blk_fops", "random_fops", "urandom_fops", "null_fops", "mem_fops",
            ]
        ),
        (
            "inode_operations",
            [
                "proc_root_inode_operations", "proc_dir_inode_operations", "proc_net_inode_operations",
                "proc_file_inode_operations", "proc_tgid_base_inode_operations", "proc_tid_base_inode_operations",
                "proc_task_inode_operations", "proc_fd_inode_operations", "proc_pid_link_inode_operations",
                "proc_def_inode_operations", "proc_self_inode_operations", "proc_sys_inode_operations",
                "kernfs_dir_iops", "kernfs_iops",
            ]
        ),
        ("super_operations", ["proc_sops", "kernfs_sops"]),
        ("sysfs_ops", ["module_sysfs_ops", "kobj_sysfs_ops", "dev_sysfs_ops"]),
        ("proto_ops", ["inet_stream_ops", "inet_dgram_ops", "unix_stream_ops", "netlink_ops", "packet_ops"]),
        // These can be written to, and are only compared with text.
        ("proto", ["tcp_prot", "udp_prot", "tcpv6_prot", "udpv6_prot", "raw_prot", "ping_prot"]),
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        let constants = kernel.facts.baseline.constants
        result.baseline = constants == nil ? nil : kernel.facts.baseline.origin
        var tables = 0
        var functions = 0
        for (type, symbols) in Self.tables {
            let fields = kernel.facts.types.fields(of: type).filter(\.isFunction)
            guard let size = fields.map({ $0.offset + 8 }).max() else {
                result.gaps.append("this kernel doesn't tell what a struct \(type) looks like")
                continue
            }
            // Not all of a kernel's are there, and a name may stand for two tables.
            let places = symbols.flatMap { symbol in
                kernel.facts.symbols.addresses(of: symbol).map { (symbol: symbol, address: $0) }
            }
            for place in places {
                guard let bytes = try kernel.memory.bytes(place.address, size) else {
                    result.gaps.append("\(place.symbol) can't be read")
                    continue
                }
                tables += 1
                functions += fields.count
                let report = constants.map { constants in
                    bytes.withUnsafeBytes { constants.compare($0.bytes, at: place.address) }
                }
                for field in fields {
                    let function = bytes[field.offset...].littleEndianNumber
                    let address = place.address + UInt64(field.offset)
                    let differs =
                        report?.unexplained.contains {
                            $0.address < address + 8 && address < $0.address + UInt64($0.bytes.count)
                        } ?? false
                    let isKernels = try isKernels(function, kernel)
                    if differs || !isKernels {
                        result.observations.append(Self.violation(place.symbol, field, function, kernel))
                    }
                }
            }
        }
        result.extent = "\(functions) functions in \(tables) tables"
        return result
    }

    private func isKernels(_ function: UInt64, _ kernel: KernelView) throws(KernelMemoryError) -> Bool {
        if function == 0 { return true }
        return try kernel.owner(of: function) == .kernel
    }

    private static func violation(
        _ table: String, _ field: KernelTypes.Field, _ function: UInt64, _ kernel: KernelView
    ) -> Observation {
        Observation(
            .violation, subject: "\(table).\(field.name)",
            summary:
                "\(table).\(field.name) leads to \(kernel.name(function)), which isn't what the kernel was built with",
            advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: table, offset: UInt64(field.offset), expected: [], found: KernelView.bytes(function))
            ])
    }
}
