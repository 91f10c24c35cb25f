// SPDX-License-Identifier: Apache-2.0

import Glibc
public import LinuxSystem

/// The response `panic`: the machine stops at once, with what it has in memory.
public enum KernelPanic {
    /// Says why in the kernel's log and has the kernel panic (`c` to `/proc/sysrq-trigger`), which root may whatever
    /// `kernel.sysrq` says. What follows is the kernel's: a crash dump where kdump is set up, a restart where `kernel.panic` is
    /// set, else it stands still.
    ///
    /// - Returns: never, where it works.
    /// - Throws: where the kernel has no such file or refuses: the machine goes on, and who called does the next best
    ///   (isolation).
    public static func stop(because reason: String) throws(Errno) {
        // `<0>`: an emergency, shown on every console whatever its level.
        write("<0>sallyportd: the machine is stopped: \(reason)\n", to: "/dev/kmsg")
        let trigger = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC)
        guard trigger >= 0 else { throw Errno("open /proc/sysrq-trigger") }
        defer { close(trigger) }
        guard Glibc.write(trigger, "c", 1) == 1 else { throw Errno("write /proc/sysrq-trigger") }
        throw Errno("panic", code: ECANCELED)
    }

    /// In one write: it is one record then.
    private static func write(_ text: String, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }
}
