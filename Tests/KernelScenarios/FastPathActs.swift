// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import KernelPrograms

/// Something for each deciding program to see. Each act is performed in a child, or a program is executed.
struct FastPathActs {
    private let folder: String
    private let file: String
    private let other: String
    private let plain: String
    private let capable: String
    private let place: String
    private let source: String
    private let target: Target

    init() throws {
        folder = try Lab.folder("fast")
        file = try Lab.file(folder + "/file")
        other = folder + "/other"
        plain = folder + "/not-a-module"
        try Lab.write(String(repeating: "no module ", count: 100), to: plain)
        capable = folder + "/capable"
        try Lab.write(Lab.tinyProgram, to: capable, mode: 0o4755)
        place = try Lab.folder("fast/place")
        source = try Lab.folder("fast/source")
        try Lab.write(Lab.sleeperProgram, to: folder + "/sleeper", mode: 0o755)
        target = try Target(folder + "/sleeper")
    }

    /// The act that a program sees, with the operation that its hook takes it for; `nil` for one that only reports.
    func act(for program: KernelProgram) -> (operation: EndpointModel.Operation, perform: () -> Void)? {
        processAct(for: program) ?? kernelAct(for: program) ?? fileAct(for: program)
    }

    private func processAct(for program: KernelProgram) -> (operation: EndpointModel.Operation, perform: () -> Void)? {
        let pid = target.pid
        func control(_ way: acts_controlling) -> (operation: EndpointModel.Operation, perform: () -> Void) {
            (.processControl, { _ = acts_control(way, pid, Lab.sleeperAddress) })
        }
        func credentials(_ way: acts_credentials) -> (operation: EndpointModel.Operation, perform: () -> Void) {
            (.processCredentials, { _ = acts_change_credentials(way, 65534) })
        }
        return switch program {
        case .processExec: (.processExec, { _ = Lab.exec(Lab.tiny) })
        case .processCreate: (.processCreate, { _ = acts_forks(1) })
        case .processOpen:
            (.processOpen, { _ = acts_open_process(ACTS_VM_READ, pid, Lab.sleeperAddress, 0) })
        case .processTraceme: (.processOpen, { _ = acts_open_process(ACTS_TRACEME, 0, 0, 0) })
        case .processSignal: (.processSignal, { _ = acts_signal(ACTS_KILL, pid, SIGUSR1) })
        case .controlNice: control(ACTS_SETPRIORITY)
        case .controlIOPriority: control(ACTS_IOPRIO_SET)
        case .controlScheduler: control(ACTS_SCHED_SETAFFINITY)
        case .controlLimits: control(ACTS_PRLIMIT)
        case .controlPages: control(ACTS_CONTROL_MOVE_PAGES)
        case .credentialsUser: credentials(ACTS_SETRESUID)
        case .credentialsGroup: credentials(ACTS_SETRESGID)
        case .credentialsGroups: credentials(ACTS_SETGROUPS)
        case .credentialsCapabilities: credentials(ACTS_CAPSET)
        case .credentialsExec:
            (.processCredentials, { _ = Lab.withStrings([capable]) { acts_exec_as(65534, capable, $0) } })
        default: nil
        }
    }

    private func kernelAct(for program: KernelProgram) -> (operation: EndpointModel.Operation, perform: () -> Void)? {
        switch program {
        case .imageLoad: (.imageLoad, { _ = acts_map_executable(Lab.library) })
        case .imageProtect: (.memoryMakeExecutable, { _ = acts_protect(ACTS_PROTECT_ANONYMOUS, file) })
        case .imageRead: (.imageLoadModule, { _ = acts_load_module(ACTS_FINIT_MODULE, plain, "none") })
        case .imageLoadData: (.imageLoadModule, { _ = acts_load_module(ACTS_INIT_MODULE, plain, "none") })
        case .imageLoadBPF: (.imageLoadBPF, { _ = acts_load_program(ACTS_BPF_SOCKET_FILTER) })
        case .kernelAccess: (.kernelAccess, { _ = acts_ioperm() })
        default: nil
        }
    }

    private func fileAct(for program: KernelProgram) -> (operation: EndpointModel.Operation, perform: () -> Void)? {
        func setting(_ way: acts_file_setting) -> (operation: EndpointModel.Operation, perform: () -> Void) {
            (.fileSetAttributes, { _ = acts_prepare_attributes(file) + acts_set_attribute(way, file) })
        }
        func mounting(_ way: acts_mounting) -> (operation: EndpointModel.Operation, perform: () -> Void) {
            (.fileMount, { _ = acts_mount_by(way, source, place) })
        }
        return switch program {
        case .fileOpen: (.fileOpen, { _ = acts_open_file(ACTS_OPENAT, file, O_RDONLY) })
        case .fileCreate: (.fileCreate, { _ = acts_create(ACTS_MKNOD_FILE, other) })
        case .fileCreateDirectory: (.fileCreate, { _ = acts_create(ACTS_MKDIR, other) })
        case .fileCreateLink: (.fileCreate, { _ = acts_create(ACTS_SYMLINK, other) })
        case .fileUnlink: (.fileUnlink, { _ = acts_remove(ACTS_UNLINK, other) })
        case .fileUnlinkDirectory: (.fileUnlink, { _ = acts_remove(ACTS_RMDIR, other) })
        case .fileRename: (.fileRename, { _ = acts_rename(ACTS_RENAME, folder + "/from", other) })
        case .fileLink: (.fileLink, { _ = acts_link(ACTS_LINK, folder + "/from", other) })
        case .fileMode: setting(ACTS_CHMOD)
        case .fileOwner: setting(ACTS_CHOWN)
        case .fileTimes: setting(ACTS_UTIMENSAT)
        case .fileSetAttribute: setting(ACTS_SETXATTR)
        case .fileRemoveAttribute: setting(ACTS_REMOVEXATTR)
        case .fileSetACL: setting(ACTS_SET_ACL)
        case .fileRemoveACL: setting(ACTS_REMOVE_ACL)
        case .fileTruncate: (.fileTruncate, { _ = acts_truncate(ACTS_TRUNCATE, file) })
        case .fileTruncateOpen: (.fileTruncate, { _ = acts_truncate(ACTS_FTRUNCATE, file) })
        case .fileMount: mounting(ACTS_MOUNT_BIND)
        case .fileUnmount: mounting(ACTS_UMOUNT)
        case .fileRemount: mounting(ACTS_REMOUNT_FSPICK)
        case .fileMoveMount: mounting(ACTS_MOVE_MOUNT)
        case .filePivotRoot: mounting(ACTS_PIVOT_ROOT)
        default: nil
        }
    }
}
