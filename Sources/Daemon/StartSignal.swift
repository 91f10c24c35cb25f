// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Lets one thread wait until another has started its work. Once only.
final class StartSignal: @unchecked Sendable {
    // @unchecked: POSIX semaphores are made to be shared between threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}
