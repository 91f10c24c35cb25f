// SPDX-License-Identifier: Apache-2.0

/// What kind of memory becomes executable: the field `mapping` of a rule. Memory may be of several kinds at once.
public enum MappingKind: String, CaseIterable, Codable, Sendable, Hashable {
    /// Not backed by a file.
    case anonymous
    /// Writable and executable at the same time.
    case writable
    /// It was writable until now.
    case wasWritable = "was_writable"
    /// A private mapping of a file that differs from the file.
    case modified
    case stack
    case heap
    /// A `memfd_create` file.
    case memfd
    /// System V or anonymous shared memory.
    case sharedMemory = "shared_memory"
    /// A file without a link left.
    case deleted
}
