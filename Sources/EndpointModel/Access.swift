// SPDX-License-Identifier: Apache-2.0

/// What an operation wants of its object, where one operation covers several kinds: the field `access` of a rule.
public enum Access: String, CaseIterable, Codable, Sendable, Hashable {
    // process.open, thread.open
    /// Read what `/proc` keeps for the owner (`maps`, `environ`, `fd`, …), compare (`kcmp`).
    case inspect
    /// Trace: `PTRACE_ATTACH`, `PTRACE_SEIZE`, `PTRACE_TRACEME`.
    case attach
    /// `process_vm_readv`, `/proc/PID/mem` opened for reading.
    case readMemory = "read_memory"
    /// `process_vm_writev`, `/proc/PID/mem` opened for writing.
    case writeMemory = "write_memory"
    /// Take a descriptor: `pidfd_getfd`.
    case getDescriptor = "get_fd"

    // file.open
    case read
    case write

    // process.control
    /// `setpriority`, `nice`.
    case priority
    /// `ioprio_set`.
    case ioPriority = "io_priority"
    /// `sched_setscheduler`, `sched_setattr`, `sched_setaffinity`.
    case scheduler
    /// `prlimit` of another process.
    case limits
    /// `move_pages`, `migrate_pages`.
    case movePages = "move_pages"
    /// A move to another cgroup.
    case cgroup

    // process.credentials
    /// `setuid` and its like.
    case user
    case group
    /// `setgroups`.
    case groups
    /// `capset`.
    case capabilities
    /// An execution that gains identity or capabilities.
    case exec

    // file.set_attributes
    case mode
    case owner
    /// Times and whatever else `setattr` changes.
    case times
    /// Extended attributes, access control lists among them.
    case extendedAttribute = "extended_attribute"

    // file.mount
    case mount
    case unmount
    case remount
    /// `move_mount`: a detached tree is attached, or a mount moved.
    case moveMount = "move_mount"
    case pivotRoot = "pivot_root"
}
