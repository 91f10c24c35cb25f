// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension Access {
    /// What the word stands for, in a table.
    var meaning: String {
        switch self {
        case .inspect: "read what `/proc/PID` keeps for the owner (`maps`, `environ`, `fd`, …), compare (`kcmp`)"
        case .attach: "trace: `PTRACE_ATTACH`, `PTRACE_SEIZE`, `PTRACE_TRACEME`"
        case .readMemory: "`process_vm_readv`, `/proc/PID/mem` opened for reading"
        case .writeMemory: "`process_vm_writev`, `/proc/PID/mem` opened for writing, or in a way that doesn't tell"
        case .getDescriptor: "take a descriptor: `pidfd_getfd`"
        case .read: "opened for reading"
        case .write: "opened for writing; opened for both is both"
        case .priority: "`setpriority`"
        case .ioPriority: "`ioprio_set`"
        case .scheduler: "`sched_setscheduler`, `sched_setattr`, `sched_setaffinity`"
        case .limits: "`prlimit` of another process"
        case .movePages: "`move_pages`, `migrate_pages`"
        case .cgroup: "a move to another cgroup: reported only"
        case .user: "`setuid` and its like"
        case .group: "`setgid` and its like"
        case .groups: "`setgroups`"
        case .capabilities: "`capset` that changes the effective ones"
        case .exec: "an execution that gains a user, a group or capabilities"
        case .mode: "`chmod`"
        case .owner: "`chown`"
        case .times: "`utimensat` and its like"
        case .extendedAttribute: "extended attributes, access control lists among them"
        case .mount: "a mount, a bind mount, a change of propagation"
        case .unmount: "`umount`"
        case .remount: "other options for what is mounted"
        case .moveMount: "a detached tree is attached, or a mount moved"
        case .pivotRoot: "`pivot_root`"
        }
    }
}

extension MappingKind {
    /// What the word stands for, in a table.
    var meaning: String {
        switch self {
        case .anonymous: "not backed by a file"
        case .writable: "writable and executable at the same time"
        case .wasWritable: "writable until now, or written before"
        case .modified: "a private mapping of a file that differs from the file"
        case .stack: "the stack"
        case .heap: "the heap"
        case .memfd: "a file of `memfd_create`"
        case .sharedMemory: "System V or anonymous shared memory"
        case .deleted: "a file without a name left"
        }
    }
}

extension KernelArea {
    /// What the word stands for, in a table.
    var meaning: String {
        switch self {
        case .memory: "`/dev/mem`, `/dev/kmem`, `/proc/kcore`"
        case .msr: "model-specific registers: `/dev/cpu/*/msr`"
        case .ports: "I/O ports: `/dev/port`, `ioperm`, `iopl`"
        case .probes: "kprobes; writing to tracefs"
        case .symbols: "`/proc/kallsyms`"
        case .sysctl: "writing below `/proc/sys`"
        case .debug: "debugfs, kernel debuggers"
        case .hardware: "PCI configuration space, ACPI tables, device trees, EFI test"
        case .performance: "performance counters on the kernel"
        case .bpf: "reading kernel memory, or writing to user memory, by BPF"
        case .other: "hibernation, unsafe module parameters"
        }
    }
}
