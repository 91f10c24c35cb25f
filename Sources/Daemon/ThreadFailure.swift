// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Ends the service when one of its threads can't go on: a daemon that is up and blind would be worse than none.
final class ThreadFailure: Sendable {
    private let reason = Mutex<String?>(nil)
    private let onFirst: @Sendable (String) -> Void

    init(onFirst: @escaping @Sendable (String) -> Void) { self.onFirst = onFirst }

    /// Called by a thread as its last act.
    func report(_ text: String) {
        let isFirst = reason.withLock { reason in
            guard reason == nil else { return false }
            reason = text
            return true
        }
        if isFirst { onFirst(text) }
    }

    /// Throws when a thread has failed.
    func check() throws {
        if let reason = reason.withLock({ $0 }) { throw StartupError(reason) }
    }
}
