// SPDX-License-Identifier: Apache-2.0

import CGate

/// What happens to what is held while the daemon is stopped or dead, as the site declares it.
public enum GuardMode: String, Sendable, Hashable, CaseIterable {
    /// It goes on. With the daemon dead, nothing is held any more.
    case allow
    /// It is refused, but for the guard's exceptions, until the daemon is back or another one has taken over.
    case deny
    /// As `allow`, said where the kernel's own policies decide as well: those have decided before anything is held.
    case kernel

    var word: UInt64 {
        switch self {
        case .allow: UInt64(GATE_GUARD_ALLOWS)
        case .deny: UInt64(GATE_GUARD_DENIES)
        case .kernel: UInt64(GATE_GUARD_LEAVES_TO_KERNEL)
        }
    }
}
