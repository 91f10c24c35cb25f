// SPDX-License-Identifier: Apache-2.0

/// The programs of the object of protection, by the names that they have in `Kernel/protection`.
///
/// All of them are attached at tier `enforce` unless protection is off, and stay until it is taken away.
public enum ProtectionProgram: String, CaseIterable, Sendable {
    case exec = "protect_exec"
    case fork = "protect_fork"
    case exit = "protect_exit"
    case map = "protect_map"
    case makeExecutable = "protect_mprotect"
    case moved = "protect_moved"
    case signal = "protect_signal"
    case signalIO = "protect_sigio"
    case open = "protect_open"
    case namespaces = "protect_namespaces"
    case nice = "protect_nice"
    case ioPriority = "protect_ioprio"
    case scheduler = "protect_scheduler"
    case limits = "protect_limits"
    case pages = "protect_pages"
    case fileOpen = "protect_file_open"
    case create = "protect_create"
    case mknod = "protect_mknod"
    case mkdir = "protect_mkdir"
    case symlink = "protect_symlink"
    case unlink = "protect_unlink"
    case rmdir = "protect_rmdir"
    case rename = "protect_rename"
    case link = "protect_link"
    case attributes = "protect_attributes"
    case setAttribute = "protect_set_attribute"
    case removeAttribute = "protect_remove_attribute"
    case setACL = "protect_set_acl"
    case removeACL = "protect_remove_acl"
    case ioControl = "protect_ioctl"
    case lock = "protect_lock"
    case mount = "protect_mount"
    case unmount = "protect_unmount"
    case remount = "protect_remount"
    case moveMount = "protect_move_mount"
    case pivotRoot = "protect_pivot_root"
    case bpfMap = "protect_bpf_map"
    case bpfProgram = "protect_bpf_program"
    case bpf = "protect_bpf"
    case readImage = "protect_read_image"
    case loadImage = "protect_load_image"
    case lockdown = "protect_lockdown"

    /// The hook of a program that not every kernel has; such a kernel comes by another program's hook.
    public var recentHook: String? {
        switch self {
        case .setACL: "inode_set_acl"
        case .removeACL: "inode_remove_acl"
        default: nil
        }
    }
}

/// The maps of the object of protection, by the names that they have in `Kernel/protection/maps.h`. All are pinned.
public enum ProtectionMap: String, CaseIterable, Sendable {
    /// `struct sp_protection`.
    case words = "protection"
    case guarded
    case guardedTasks = "guarded_tasks"
    case guardedDevices = "guarded_devices"
    case guardedMounts = "guarded_mounts"
    case guardedCgroups = "guarded_cgroups"
    case initChildren = "init_children"
    case guardedBPF = "guarded_bpf"
    case guardedSysctls = "guarded_sysctls"
    case refusals
}
