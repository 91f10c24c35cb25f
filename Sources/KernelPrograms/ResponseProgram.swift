// SPDX-License-Identifier: Apache-2.0

/// The programs of the object of responses, by the names that they have in `Kernel/integrity`.
public enum ResponseProgram: String, CaseIterable, Sendable {
    /// Run by the daemon: starts the timer.
    case startWatchdog = "watchdog_start"
    /// Run by the daemon: tells a file's identity.
    case identify = "response_identify"
    /// Attached and pinned: refuses executions.
    case isolate = "isolation_exec"
}

/// The maps of the object of responses. All are pinned.
public enum ResponseMap: String, CaseIterable, Sendable {
    /// `struct sp_response`.
    case words = "response"
    case watchdogs
    case allowed = "allowed_executions"
    case refused = "refused_executions"
}
