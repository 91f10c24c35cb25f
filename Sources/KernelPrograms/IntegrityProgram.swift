// SPDX-License-Identifier: Apache-2.0

/// The programs of the object of integrity, by the names that they have in `Kernel/integrity`. The daemon runs them.
public enum IntegrityProgram: String, CaseIterable, Sendable {
    case read = "integrity_read"
    case gather = "integrity_gather"
    case walk = "integrity_walk"
    case tasks = "integrity_tasks"
}

/// The maps of the object of integrity, by the names that they have in `Kernel/integrity`.
public enum IntegrityMap: String, CaseIterable, Sendable {
    case requests
    case memory
    case places
}
