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
        write("<0>sallyportd: the machine is stopped: \(line(reason))\n", to: "/dev/kmsg")
        let trigger = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC)
        guard trigger >= 0 else { throw Errno("open /proc/sysrq-trigger") }
        defer { close(trigger) }
        guard Glibc.write(trigger, "c", 1) == 1 else { throw Errno("write /proc/sysrq-trigger") }
        throw Errno("panic", code: ECANCELED)
    }

    /// What names of processes and modules are in may not begin a line of its own, and a record that is longer than the kernel
    /// takes (a little less than 1,024 bytes) would be refused as a whole.
    private static func line(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(800).map { (0x20..<0x7f).contains($0) || $0 >= 0x80 ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }

    /// In one write: it is one record then.
    private static func write(_ text: String, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }
}
