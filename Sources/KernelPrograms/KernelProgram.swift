// SPDX-License-Identifier: Apache-2.0

/// The programs of the object, by the names that they have in `Kernel/*.bpf.c`.
public enum KernelProgram: String, CaseIterable, Sendable {
    case processExec = "process_exec"
    case processExecDone = "process_exec_done"
    case processCreate = "process_create"
    case processCreateDone = "process_create_done"
    case processExit = "process_exit"
    case imageLoad = "image_load"
    case imageProtect = "image_protect"
    case snapshot = "snapshot"
    case decisionTest = "decision_test"

    /// Decides: needs BPF LSM, attached at tier `enforce` only.
    public static let deciding: [KernelProgram] = [.processExec, .processCreate, .imageLoad, .imageProtect]
    /// Reports from tracepoints: attached at every tier.
    public static let reporting: [KernelProgram] = [.processExecDone, .processCreateDone, .processExit]
    /// Reads the processes that run at start.
    public static let iterators: [KernelProgram] = [.snapshot]
    /// Run by `BPF_PROG_TEST_RUN`, loaded by tests only.
    public static let test: [KernelProgram] = [.decisionTest]
}

/// The maps of the object, by the names that they have in `Kernel/lib/maps.h`.
public enum KernelMap: String, CaseIterable, Sendable {
    case policy
    case events
    case counters
    case control
    case scratch
    case subjects
    case scripts
    case testPaths = "test_paths"
    /// `struct sp_config`: constants, set before loading.
    case config = ".rodata.config"
}
