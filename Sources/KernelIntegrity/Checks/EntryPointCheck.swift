// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc

/// `entry-point`: each processor enters the kernel for system calls at the kernel's own entries.
///
/// By the driver `msr`: `/dev/cpu/N/msr`, whose reading lockdown allows. Limits: without the driver nothing is seen; under FRED
/// system calls don't go by these registers. Fixture: `syscall_entry`.
public struct EntryPointCheck: IntegrityCheck {
    public let name = "entry-point"
    public let covers = "Where each processor enters the kernel for system calls (LSTAR, CSTAR, SYSENTER_EIP)."
    public let pace = CheckPace.fast

    public init() {}

    private struct Register {
        var name: String
        /// Its number (arch/x86/include/asm/msr-index.h).
        var number: off_t
        var entries: Set<String>
        var mayBeUnset: Bool
    }

    private static let registers = [
        Register(
            name: "LSTAR", number: 0xc000_0082, entries: ["entry_SYSCALL_64", "xen_entry_SYSCALL_64"],
            mayBeUnset: false),
        // Not written on Intel's, and where there are no 32-bit programs.
        Register(
            name: "CSTAR", number: 0xc000_0083,
            entries: [
                "entry_SYSCALL_compat", "xen_entry_SYSCALL_compat", "ignore_sysret", "entry_SYSCALL32_ignore",
            ], mayBeUnset: true),
        Register(
            name: "SYSENTER_EIP", number: 0x176, entries: ["entry_SYSENTER_compat", "xen_entry_SYSENTER_compat"],
            mayBeUnset: true),
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        var seen = 0
        let processors = sysconf(Int32(_SC_NPROCESSORS_CONF))
        for processor in 0..<max(1, processors) {
            let descriptor = open("/dev/cpu/\(processor)/msr", O_RDONLY | O_CLOEXEC)
            if descriptor < 0 {
                // Of a processor that is off there is none.
                if errno == ENXIO || errno == EIO { continue }
                result.gaps.append(
                    "the registers of processor \(processor) can't be read (\(String(cString: strerror(errno)))): load the module msr"
                )
                break
            }
            defer { close(descriptor) }
            seen += 1
            for register in Self.registers {
                var value: UInt64 = 0
                guard pread(descriptor, &value, 8, register.number) == 8 else {
                    result.gaps.append("\(register.name) of processor \(processor) can't be read")
                    continue
                }
                if value == 0, register.mayBeUnset { continue }
                let place = kernel.place(value)
                if place.offset == 0, register.entries.contains(place.symbol), try kernel.owner(of: value) == .kernel {
                    continue
                }
                result.observations.append(
                    Observation(
                        .violation, subject: "\(register.name) of processor \(processor)",
                        summary:
                            "processor \(processor) enters the kernel at \(kernel.name(value)) for system calls (\(register.name))",
                        advice: Observation.distrust,
                        differences: [
                            Finding.Difference(
                                symbol: register.name,
                                expected: KernelView.bytes(
                                    register.entries.compactMap { kernel.address(of: $0) }.first ?? 0),
                                found: KernelView.bytes(value))
                        ]))
            }
        }
        if ProcessorFlags.ofThisMachine.contains("fred") {
            result.gaps.append("with FRED, which this processor has, system calls may not enter by these registers")
        }
        result.extent = "\(seen) processors"
        return result
    }
}
