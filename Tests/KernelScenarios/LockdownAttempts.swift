// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Glibc

/// How root would change the running kernel, one door each, under the policy `kernel-lockdown`.
struct LockdownAttempts: Sendable {
    var name: String
    /// 0 or -errno.
    var act: @Sendable () -> Int32

    static var all: [LockdownAttempts] {
        doors.filter { access($0.path, F_OK) == 0 }.map { door in
            LockdownAttempts(name: "open \(door.path)") { acts_open_path(door.path, door.flags) }
        } + [
            LockdownAttempts(name: "kexec_file_load") {
                acts_kexec_file_load(IntegrityScenarios.environment("KERNEL_IMAGE"))
            },
            LockdownAttempts(name: "kexec_load") { acts_kexec_load() },
            LockdownAttempts(name: "ioperm") { acts_ioperm() },
            LockdownAttempts(name: "iopl") { acts_iopl() },
            LockdownAttempts(name: "a BPF program of type kprobe") { acts_load_program(ACTS_BPF_READ_KERNEL) },
        ]
    }

    private static let doors: [(path: String, flags: Int32)] = [
        ("/dev/mem", O_RDWR), ("/dev/port", O_RDWR), ("/proc/kcore", O_RDONLY), ("/dev/cpu/0/msr", O_RDWR),
        ("/sys/kernel/tracing/kprobe_events", O_WRONLY), ("/sys/kernel/tracing/uprobe_events", O_WRONLY),
        ("/sys/kernel/tracing/set_ftrace_filter", O_WRONLY), ("/sys/kernel/tracing/current_tracer", O_WRONLY),
        ("/sys/kernel/debug/sched/features", O_RDWR), ("/proc/sys/kernel/core_pattern", O_WRONLY),
        ("/proc/sys/kernel/modprobe", O_WRONLY), ("/proc/sys/kernel/ftrace_enabled", O_WRONLY),
        ("/proc/sys/kernel/kptr_restrict", O_WRONLY), ("/proc/sys/kernel/sysrq", O_WRONLY),
        ("/sys/kernel/uevent_helper", O_WRONLY), ("/sys/kernel/security/lockdown", O_WRONLY),
    ]
}
