// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// `kernel.access`: what reads or changes the running kernel.
enum KernelAccessScenarios {
    private static let own = Make.exe(Lab.own)

    static let all: [Scenario] = [
        Scenario("the kernel's sensitive areas are decided, each by its name") { lab in
            func opened(_ path: String, _ area: KernelArea, _ flags: Int32 = O_RDONLY) -> Act {
                Act(path) { acts_open_path(path, flags) }.seen(area: area)
            }
            let tracing = "/sys/kernel/tracing"
            let pci = try firstDevice()
            try await lab.attempt(
                [
                    opened("/dev/mem", .memory), opened("/proc/kcore", .memory), opened("/dev/port", .ports),
                    Act("ioperm") { acts_ioperm() }.seen(area: .ports),
                    Act("iopl") { acts_iopl() }.seen(area: .ports),
                    opened("/proc/kallsyms", .symbols),
                    opened(tracing + "/kprobe_events", .probes, O_WRONLY),
                    opened(tracing + "/uprobe_events", .probes, O_WRONLY),
                    opened("/proc/sys/kernel/core_pattern", .sysctl, O_WRONLY),
                    opened("/proc/sys/kernel/modprobe", .sysctl, O_WRONLY),
                    opened("/sys/kernel/debug/clear_warn_once", .debug, O_WRONLY),
                    Act("perf_event_open") { acts_profile_kernel() }.seen(area: .performance),
                    Act("a PCI device's configuration") { acts_write_pci(pci) }.seen(area: .hardware),
                    // The verifier is told that there is no such function.
                    Act("bpf_probe_read_kernel", refused: -EINVAL, -EPERM) { acts_load_program(ACTS_BPF_READ_KERNEL) }
                        .seen(area: .bpf),
                ], of: .kernelAccess, under: Make.deny(.kernelAccess, subject: own))
        },
        Scenario("model-specific registers are decided") { lab in
            try expect(Lab.exec("/usr/sbin/modprobe", ["msr"]), 0, "modprobe msr")
            let device = "/dev/cpu/0/msr"
            try await lab.attempt(
                [Act(device) { acts_open_path(device, O_RDONLY) }.seen(area: .msr)], of: .kernelAccess,
                under: Make.deny(.kernelAccess, subject: own))
        },
        Scenario("a rule on one area leaves the others alone, and reading of what it protects from writing") { lab in
            try await lab.setPolicies([
                Make.policy(
                    Rule(
                        name: "some", operations: [.kernelAccess], subject: own, areas: [.memory, .sysctl],
                        action: .deny))
            ])
            try expect(acts_open_path("/dev/mem", O_RDONLY), -EPERM, "open /dev/mem")
            try expect(acts_open_path("/proc/kallsyms", O_RDONLY), 0, "open /proc/kallsyms")
            try expect(acts_ioperm(), 0, "ioperm")
            let key = "/proc/sys/kernel/core_pattern"
            try expect(acts_open_path(key, O_WRONLY), -EPERM, "open \(key) for writing")
            try expect(acts_open_path(key, O_RDONLY), 0, "open \(key) for reading")
        },
        Scenario("a device file made elsewhere, and procfs mounted elsewhere, are no way around") { lab in
            let folder = try Lab.folder("areas")
            let device = folder + "/innocent"
            unlink(device)
            try expect(mknod(device, S_IFCHR | 0o600, 1 << 8 | 1), 0, "mknod of /dev/mem's number")
            mkdir(folder + "/proc", 0o755)
            try expect(acts_mount("proc", folder + "/proc", "proc", 0, nil), 0, "mount procfs")
            defer { acts_unmount(folder + "/proc") }
            try await lab.setPolicies([Make.policy(Make.deny(.kernelAccess, subject: own))])
            try expect(acts_open_path(device, O_RDONLY), -EPERM, "open the device")
            for name in ["kcore", "kallsyms"] {
                try expect(acts_open_path(folder + "/proc/" + name, O_RDONLY), -EPERM, "open \(name)")
            }
            try expect(
                acts_open_path(folder + "/proc/sys/kernel/modprobe", O_WRONLY), -EPERM, "open the key for writing")
        },
    ]

    /// The configuration space of the first PCI device.
    private static func firstDevice() throws -> String {
        let folder = "/sys/bus/pci/devices"
        guard let directory = opendir(folder) else { throw Failure("no \(folder)") }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { return "\(folder)/\(name)/config" }
        }
        throw Failure("no PCI device")
    }
}
