// SPDX-License-Identifier: Apache-2.0

/// The sensitive area of the kernel that an access is to: the field `area` of a rule.
public enum KernelArea: String, CaseIterable, Codable, Sendable, Hashable {
    /// `/dev/mem`, `/dev/kmem`, `/proc/kcore`.
    case memory
    /// Model-specific registers (`/dev/cpu/*/msr`).
    case msr
    /// I/O ports: `/dev/port`, `ioperm`, `iopl`.
    case ports
    /// kprobes, uprobes and tracefs' control files.
    case probes
    /// `/proc/kallsyms`.
    case symbols
    /// Keys below `/proc/sys` that decide what the kernel starts or protects.
    case sysctl
    /// debugfs, kgdb, kernel debuggers.
    case debug
    /// PCI configuration space, ACPI tables and methods, EFI test.
    case hardware
    /// Performance counters on the kernel.
    case performance
    /// Reading kernel memory by BPF, or writing to user memory by it.
    case bpf
    /// Any other use that lockdown knows.
    case other
}
