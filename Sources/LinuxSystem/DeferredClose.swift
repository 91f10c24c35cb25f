// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// References to open files that end in a kernel worker instead of in the caller.
///
/// Closing the last descriptor of some files waits in the kernel: that of an attached BPF program for a grace period,
/// on a busy machine 250 ms each, one after the other. Here the files are registered with an io_uring; when that is closed
/// the kernel's own worker drops them (`io_ring_exit_work`). What the caller closes and unlinks before is never the last.
///
/// Where io_uring is off (`kernel.io_uring_disabled`, a seccomp filter) nothing is held, and the caller waits.
public struct DeferredClose: ~Copyable {
    private let ring: Int32

    public init(holding descriptors: [Int32]) {
        ring = descriptors.isEmpty ? -1 : clinux_hold_files(descriptors, UInt32(descriptors.count))
    }

    /// Lets go. The files end some time later.
    public consuming func end() {}

    deinit { if ring >= 0 { close(ring) } }
}
