// SPDX-License-Identifier: Apache-2.0

import LinuxSystem
import Synchronization

/// Waiting while the kernel changes text, so that a half of it isn't judged: a static call's key changes before its thousand
/// sites, and what is being written begins with a breakpoint.
final class TextPatching {
    private let kernel: KernelView
    /// Of the locks that are held meanwhile.
    private let owners: [UInt64]
    /// Milliseconds that may still be waited.
    private var patience: Int
    /// Whether the locks were held until there was enough waiting.
    private(set) var isUnending = false

    init(_ kernel: KernelView, patience: Int = 3000) {
        self.kernel = kernel
        self.patience = patience
        let owner = UInt64(kernel.offset(of: "mutex.owner") ?? 0)
        owners = ["text_mutex", "static_call_mutex", "jump_label_mutex", "ftrace_lock"].compactMap {
            kernel.address(of: $0).map { $0 &+ owner }
        }
    }

    /// Waits a little, and until none of the locks is held, or there was enough waiting; whether it makes sense to look again.
    func settle() throws(KernelMemoryError) -> Bool {
        guard patience > 0 else { return false }
        repeat {
            Clock.sleep(microseconds: 5000)
            patience -= 5
            let held = try kernel.memory.gather(owners, 8).contains { ($0?.littleEndianNumber ?? 0) != 0 }
            if !held { return true }
        } while patience > 0
        isUnending = true
        return true
    }
}

/// For how long text has been changed without end: who holds the locks for ever hides nothing by it.
final class UnendingPatching: Sendable {
    /// A slow machine that starts a processor while a tracer starts takes some seconds.
    static let limit: UInt64 = 60_000_000_000

    /// Nanoseconds since boot.
    private let since = Mutex<UInt64?>(nil)

    /// Whether what is doubtful may still be half written.
    func excuses(_ patching: TextPatching) -> Bool {
        let now = Clock.boot()
        return since.withLock { since in
            guard patching.isUnending else {
                since = nil
                return false
            }
            let then = since ?? now
            since = then
            return now - then < Self.limit
        }
    }

    static let gap = "text was being changed all the while: places where the kernel changes it weren't judged"
}
