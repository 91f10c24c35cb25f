// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Makes the calling process one that goes on when those around it end.
public enum IndependentProcess {
    /// A session of its own, deaf to signals that ask processes to end, kept in memory, spared when memory runs out,
    /// preferred by the scheduler; with no descriptors but the first `descriptors`.
    ///
    /// What isn't permitted isn't done: it goes on less surely then.
    public static func become(name: String, descriptors: Int32) {
        setsid()
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU] {
            signal(number, SIG_IGN)
        }
        clinux_close_from(UInt32(descriptors))
        // The process's name, whichever of its threads this is.
        if case let file = open("/proc/self/comm", O_WRONLY | O_CLOEXEC), file >= 0 {
            _ = write(file, name, name.utf8.count)
            close(file)
        }
        if case let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC), file >= 0 {
            _ = write(file, "-1000", 5)
            close(file)
        }
        _ = clinux_lock_memory()
        _ = clinux_set_nice(-20)
    }

    /// Takes every free descriptor number below `limit`, so that what is opened from now on gets a higher one.
    public static func reserveDescriptors(below limit: Int32) { clinux_fill_descriptors(0, limit) }
}
