// SPDX-License-Identifier: Apache-2.0

/// What one operation is: the row of the catalogue from which documentation, completion and coverage are made.
public struct OperationDescription: Sendable, Hashable {
    /// What an operation is attempted on, and with it the fields that a rule may ask of the object.
    public enum Object: String, Sendable, Hashable, CaseIterable {
        case file, process, memory, program, area, none

        /// The fields of `object:` in a rule.
        public var fields: [Field] {
            switch self {
            case .file, .memory: Field.ofFiles
            case .process: Field.ofProcesses
            case .area: [.path]
            case .program, .none: []
            }
        }
    }

    public var operation: Operation
    /// One sentence for people.
    public var summary: String
    public var object: Object
    /// The words that `access` may have; empty when the operation has no such field.
    public var access: [Access] = []
    public var hasSignal = false
    public var hasMapping = false
    public var hasArea = false
    /// Whether the kernel programs can refuse it.
    public var canDeny = true
    /// Whether the gate can hold it for a verdict (tier `gate`, or `ask` rules).
    public var canAsk = false
    /// The kernel's hooks that see and decide it.
    public var hooks: [String]
    /// What people should know before they rely on it; empty when there is nothing.
    public var note = ""

    public var fields: Set<Field> { Set(object.fields) }
}

/// Every operation of the API, in the order in which it is listed everywhere.
public enum OperationCatalogue {
    public static let all: [OperationDescription] = processes + memory + images + files + [kernelAccess]

    /// The row of `operation`. Every operation has one (`OperationCatalogueTests` proves it).
    public static func description(of operation: Operation) -> OperationDescription {
        all.first { $0.operation == operation }!
    }

    private static let opening: [Access] = [.inspect, .attach, .readMemory, .writeMemory, .getDescriptor]

    private static let processes: [OperationDescription] = [
        OperationDescription(
            operation: .processExec,
            summary: "A process replaces its program by another one; a script and its interpreter are decided each.",
            object: .file, canAsk: true, hooks: ["lsm/bprm_check_security", "tp_btf/sched_process_exec"]),
        OperationDescription(
            operation: .processCreate,
            summary: "A process creates another one (fork, vfork, clone without CLONE_THREAD).",
            object: .none, hooks: ["lsm/task_alloc", "tp_btf/sched_process_fork"],
            note: "The child is known only once it exists, so rules select by the subject; events name the child."),
        OperationDescription(
            operation: .processExit, summary: "A process ends; the last thread's exit is reported with the status.",
            object: .none, canDeny: false, hooks: ["tp_btf/sched_process_exit"]),
        OperationDescription(
            operation: .processOpen, summary: "A process gets at another one's memory, state or descriptors.",
            object: .process, access: opening, hooks: ["lsm/ptrace_access_check", "lsm/ptrace_traceme"],
            note: "A process's access to itself is not an operation. Of PTRACE_TRACEME the subject is the parent."),
        OperationDescription(
            operation: .processSignal, summary: "A process sends a signal to another one.", object: .process,
            hasSignal: true, hooks: ["lsm/task_kill"],
            note: "Signals of the kernel itself (terminal, fault, out of memory, cgroup.kill) are not decided."),
        OperationDescription(
            operation: .processControl,
            summary: "A process changes another one's priority, scheduling, limits or place in memory.",
            object: .process, access: [.priority, .ioPriority, .scheduler, .limits, .movePages, .cgroup],
            hooks: [
                "lsm/task_setnice", "lsm/task_setioprio", "lsm/task_setscheduler", "lsm/task_setrlimit",
                "lsm/task_movememory", "tp_btf/cgroup_attach_task",
            ],
            note: "A move to another cgroup is reported; it can be denied as file.open of cgroup.procs only."),
        OperationDescription(
            operation: .processCredentials,
            summary: "A process changes its user, groups or capabilities, or executes what gives it others.",
            object: .none, access: [.user, .group, .groups, .capabilities, .exec],
            hooks: [
                "lsm/task_fix_setuid", "lsm/task_fix_setgid", "lsm/task_fix_setgroups", "lsm/capset",
                "lsm/bprm_creds_from_file",
            ]),
        OperationDescription(
            operation: .threadCreate, summary: "A process starts another thread.", object: .none,
            hooks: ["lsm/task_alloc"]),
        OperationDescription(
            operation: .threadOpen, summary: "As process.open, by a thread's own id.", object: .process,
            access: opening, hooks: ["lsm/ptrace_access_check", "lsm/ptrace_traceme"],
            note: "Rules on process.open decide it as well."),
    ]

    private static let memory: [OperationDescription] = [
        OperationDescription(
            operation: .memoryMapExecutable, summary: "Memory that is not simply a file's is mapped executable.",
            object: .memory, hasMapping: true, hooks: ["lsm/mmap_file"]),
        OperationDescription(
            operation: .memoryMakeExecutable, summary: "Memory that exists is made executable.", object: .memory,
            hasMapping: true, hooks: ["lsm/file_mprotect"]),
    ]

    private static let images: [OperationDescription] = [
        OperationDescription(
            operation: .imageLoad,
            summary: "A file is mapped executable: a program, its loader, a library, or by a later mprotect.",
            object: .file, canAsk: true, hooks: ["lsm/mmap_file", "lsm/file_mprotect"]),
        OperationDescription(
            operation: .imageLoadModule, summary: "A kernel module is loaded.", object: .file,
            hooks: ["lsm/kernel_read_file", "lsm/kernel_load_data"],
            note: "init_module hands over bytes without a file: such a module has no path (unresolvable)."),
        OperationDescription(
            operation: .imageLoadBPF, summary: "A BPF program is loaded.", object: .program, hooks: ["lsm/bpf"]),
        OperationDescription(
            operation: .imageLoadKernel, summary: "Another kernel is loaded for kexec.", object: .file,
            hooks: ["lsm/kernel_read_file", "lsm/kernel_load_data"],
            note: "kexec_load hands over bytes without a file: unresolvable."),
        OperationDescription(
            operation: .imageLoadFirmware, summary: "Firmware is loaded for a device.", object: .file,
            hooks: ["lsm/kernel_read_file", "lsm/kernel_load_data"]),
    ]

    private static let files: [OperationDescription] = [
        OperationDescription(
            operation: .fileOpen, summary: "A file is opened for reading or writing.", object: .file,
            access: [.read, .write], canAsk: true, hooks: ["lsm/file_open"],
            note: "A descriptor opened with O_PATH is no access, and not this operation."),
        OperationDescription(
            operation: .fileCreate, summary: "A file, directory, link, device or socket is created.", object: .file,
            hooks: ["lsm/path_mknod", "lsm/path_mkdir", "lsm/path_symlink"]),
        OperationDescription(
            operation: .fileUnlink, summary: "A name is removed from a directory.", object: .file,
            hooks: ["lsm/path_unlink", "lsm/path_rmdir"]),
        OperationDescription(
            operation: .fileRename, summary: "A file or directory gets another name or place.", object: .file,
            hooks: ["lsm/path_rename"],
            note: "Decided twice: for the old name and for the new one. Either can be denied."),
        OperationDescription(
            operation: .fileLink, summary: "A file gets a further name.", object: .file, hooks: ["lsm/path_link"],
            note: "Decided twice: for the file's name and for the new one. Either can be denied."),
        OperationDescription(
            operation: .fileSetAttributes, summary: "A file's mode, owner, times or extended attributes change.",
            object: .file, access: [.mode, .owner, .times, .extendedAttribute],
            hooks: [
                "lsm/path_chmod", "lsm/path_chown", "lsm/inode_setattr", "lsm/inode_setxattr",
                "lsm/inode_removexattr", "lsm/inode_set_acl", "lsm/inode_remove_acl",
            ]),
        OperationDescription(
            operation: .fileTruncate, summary: "A file is cut or extended.", object: .file,
            hooks: ["lsm/path_truncate", "lsm/file_truncate"]),
        OperationDescription(
            operation: .fileMount, summary: "A file system is mounted, unmounted, remounted or moved.", object: .file,
            access: [.mount, .unmount, .remount, .moveMount, .pivotRoot],
            hooks: ["lsm/sb_mount", "lsm/sb_umount", "lsm/sb_remount", "lsm/move_mount", "lsm/sb_pivotroot"],
            note: "The object is the place that it is mounted on. mount_setattr has no hook."),
    ]

    private static let kernelAccess = OperationDescription(
        operation: .kernelAccess, summary: "A sensitive area of the running kernel is read or changed.",
        object: .area, hasArea: true, hooks: ["lsm/locked_down", "lsm/file_open"])
}
