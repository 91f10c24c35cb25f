// SPDX-License-Identifier: Apache-2.0

/// A property of the subject or of the object that a rule can select by, as it is written in a policy.
public enum RuleField: String, CaseIterable, Codable, Sendable, Hashable {
    /// The path of the executable that the subject runs.
    case subjectExe = "subject.exe"
    /// The path of the file that the operation is attempted on.
    case objectPath = "object.path"
}

/// What one operation is: the row of the catalogue from which documentation, completion and coverage are made.
public struct OperationDescription: Sendable, Hashable {
    public var operation: Operation
    /// One sentence for people.
    public var summary: String
    /// What the object is: "file" or "process".
    public var object: String
    /// Whether this version's kernel programs can refuse it.
    public var canDeny: Bool
    /// Whether the gate can hold it for a verdict (tier `gate`, or `ask` rules).
    public var canGate: Bool
    /// The fields that a rule on this operation may use.
    public var fields: Set<RuleField>
    /// The kernel hooks that see and decide it.
    public var hooks: [String]
}

/// Every operation of the API, in the order in which it is listed everywhere.
public enum OperationCatalogue {
    public static let all: [OperationDescription] = [
        OperationDescription(
            operation: .processExec,
            summary: "A process replaces its program by another one; a script and its interpreter are decided each.",
            object: "file", canDeny: true, canGate: true, fields: [.subjectExe, .objectPath],
            hooks: ["lsm/bprm_check_security", "tp_btf/sched_process_exec"]),
        OperationDescription(
            operation: .processCreate,
            summary: "A process creates another one (fork, vfork, clone without CLONE_THREAD).",
            object: "process", canDeny: true, canGate: false, fields: [.subjectExe],
            hooks: ["lsm/task_alloc", "tp_btf/sched_process_fork"]),
        OperationDescription(
            operation: .processExit,
            summary: "A process ends; the last thread's exit is reported with the status.",
            object: "process", canDeny: false, canGate: false, fields: [],
            hooks: ["tp_btf/sched_process_exit"]),
        OperationDescription(
            operation: .imageLoad,
            summary: "A file is mapped executable: a program, its loader, a library, or by a later mprotect.",
            object: "file", canDeny: true, canGate: false, fields: [.subjectExe, .objectPath],
            hooks: ["lsm/mmap_file", "lsm/file_mprotect"]),
    ]

    /// The row of `operation`. Every operation has one (`OperationCatalogueTests` proves it).
    public static func description(of operation: Operation) -> OperationDescription {
        all.first { $0.operation == operation }!
    }
}
