// SPDX-License-Identifier: Apache-2.0

/// A capability of Linux, by its number (`include/uapi/linux/capability.h`).
public struct Capability: Hashable, Sendable, Codable {
    /// 0 … 63.
    public let number: UInt8

    public init?(number: Int) {
        guard Self.names.indices.contains(number) else { return nil }
        self.number = UInt8(number)
    }

    /// `CAP_SYS_ADMIN`, `sys_admin`.
    public init?(_ text: String) {
        let lower = text.lowercased()
        let name = lower.hasPrefix("cap_") ? String(lower.dropFirst(4)) : lower
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(number: index)
    }

    /// `CAP_SYS_ADMIN`.
    public var text: String { "CAP_" + Self.names[Int(number)].uppercased() }

    public static let names = [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
        "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
        "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
        "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
        "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
        "checkpoint_restore",
    ]
}
