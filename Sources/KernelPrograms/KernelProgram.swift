// SPDX-License-Identifier: Apache-2.0

/// The programs of the object, by the names that they have in `Kernel/*.bpf.c`.
public enum KernelProgram: String, CaseIterable, Sendable {
    case processExec = "process_exec"
    case processExecDone = "process_exec_done"
    case processCreate = "process_create"
    case processCreateDone = "process_create_done"
    case processExit = "process_exit"
    case processOpen = "process_open"
    case processTraceme = "process_traceme"
    case processSignal = "process_signal"
    case controlNice = "control_nice"
    case controlIOPriority = "control_ioprio"
    case controlScheduler = "control_scheduler"
    case controlLimits = "control_limits"
    case controlPages = "control_pages"
    case controlCgroup = "control_cgroup"
    case credentialsUser = "credentials_user"
    case credentialsGroup = "credentials_group"
    case credentialsGroups = "credentials_groups"
    case credentialsCapabilities = "credentials_capabilities"
    case credentialsExec = "credentials_exec"
    case imageLoad = "image_load"
    case imageProtect = "image_protect"
    case imageRead = "image_read"
    case imageLoadData = "image_load_data"
    case imageLoadBPF = "image_load_bpf"
    case kernelAccess = "kernel_access"
    case fileOpen = "file_open"
    case fileCreate = "file_create"
    case fileCreateDirectory = "file_create_directory"
    case fileCreateLink = "file_create_link"
    case fileUnlink = "file_unlink"
    case fileUnlinkDirectory = "file_unlink_directory"
    case fileRename = "file_rename"
    case fileLink = "file_link"
    case fileMode = "file_mode"
    case fileOwner = "file_owner"
    case fileTimes = "file_times"
    case fileSetAttribute = "file_set_attribute"
    case fileRemoveAttribute = "file_remove_attribute"
    case fileSetACL = "file_set_acl"
    case fileRemoveACL = "file_remove_acl"
    case fileTruncate = "file_truncate"
    case fileTruncateOpen = "file_truncate_open"
    case fileMount = "file_mount"
    case fileUnmount = "file_unmount"
    case fileRemount = "file_remount"
    case fileMoveMount = "file_move_mount"
    case filePivotRoot = "file_pivot_root"
    case gateOpen = "gate_open"
    case gateMap = "gate_map"
    case gateProtect = "gate_protect"
    case digestExec = "digest_exec"
    case digestImage = "digest_image"
    case digestRead = "digest_read"
    case snapshot = "snapshot"
    case message = "message"
    case decisionTest = "decision_test"

    /// Reports from tracepoints: attached at every tier, always.
    public static let reporting: [KernelProgram] = [.processExecDone, .processCreateDone, .processExit]
    /// Reads the processes that run at start.
    public static let iterators: [KernelProgram] = [.snapshot]
    /// Run by the daemon: puts what it has to say into subscribers' rings.
    public static let called: [KernelProgram] = [.message]
    /// Take the digests of what is executed or loaded, before the deciding programs of the same hooks.
    public static let collecting: [KernelProgram] = [.digestExec, .digestImage, .digestRead]
    /// Watch files that pass the gate unasked: attached at tier `enforce` while agents are asked.
    public static let gating: [KernelProgram] = [.gateOpen, .gateMap, .gateProtect]
    /// Run by `BPF_PROG_TEST_RUN`, loaded by tests only.
    public static let test: [KernelProgram] = [.decisionTest]
    /// Decides: needs BPF LSM, loaded at tier `enforce` only and attached while a policy or a listener needs it.
    public static let deciding: [KernelProgram] = allCases.filter {
        !reporting.contains($0) && !iterators.contains($0) && !collecting.contains($0) && !test.contains($0)
            && !called.contains($0) && !gating.contains($0)
    }

    /// The hook of a program that not every kernel has; such a kernel comes by another program's hook.
    public var recentHook: String? {
        switch self {
        case .fileTruncateOpen: "file_truncate"
        case .fileSetACL: "inode_set_acl"
        case .fileRemoveACL: "inode_remove_acl"
        default: nil
        }
    }
}

/// The maps of the object, by the names that they have in `Kernel/lib/maps.h`.
public enum KernelMap: String, CaseIterable, Sendable {
    case policy
    case digests
    case events
    case rings
    case subscribers
    case mutes
    case counters
    case control
    case scratch
    case subjects
    case programs
    case fileSets = "file_sets"
    case contentDigests = "content_digests"
    case digestsWanted = "digests_wanted"
    case digestRequests = "digest_requests"
    case scripts
    case gateWrites = "gate_writes"
    case gatePasses = "gate_passes"
    case gateEnded = "gate_ended"
    case testPaths = "test_paths"
    /// `struct sp_config`: constants, set before loading.
    case config = ".rodata.config"
    /// `struct sp_runtime`: this load's own.
    case runtime = ".data.runtime"
}
