// SPDX-License-Identifier: Apache-2.0

internal import CLinux
import EndpointModel
import Glibc
import LinuxSystem

/// `cpu-protection`: the processors keep the kernel from writing to read-only pages (CR0.WP, tried out on each), and the kernel has
/// them keep it from running and reading programs' memory (SMEP, SMAP), and programs from asking where its tables are (UMIP).
///
/// Limits: what a processor's CR4 really holds is to be seen from nowhere; it is judged by the kernel's copies, one of each
/// processor, and by the bits that it sets whatever is written. A bit cleared in the register alone comes back as soon as the kernel
/// writes it, and isn't seen. UMIP could be tried out, but each try is a line in the kernel's log. Fixture: `cpu_protection`
/// (`bit=wp`, `bit=pinned`).
public struct ProcessorProtectionCheck: IntegrityCheck {
    public let name = "cpu-protection"
    public let covers = "CR0.WP of each processor by trying it; SMEP, SMAP and UMIP by the kernel's copies of CR4."
    public let pace = CheckPace.fast

    public init() {}

    /// Bits of CR4 by what `/proc/cpuinfo` calls them, which it doesn't when they were turned off at the kernel's start.
    private static let bits: [(flag: String, mask: UInt64)] = [
        ("smep", 1 << 20), ("smap", 1 << 21), ("umip", 1 << 11),
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        let processors = Self.online()
        for processor in processors {
            switch clinux_writes_read_only(processor) {
            case 0: break
            case 1:
                result.observations.append(
                    Observation(
                        .violation, subject: "CR0.WP of processor \(processor)",
                        summary: "processor \(processor) lets the kernel write to read-only pages (CR0.WP is clear)",
                        advice: Observation.distrust))
            // It has been taken away, or isn't for us.
            case let error where error == -EINVAL:
                result.gaps.append("processor \(processor) isn't one that this program may run on")
            case let error:
                result.gaps.append(
                    "CR0.WP of processor \(processor) can't be tried: \(String(cString: strerror(-error)))")
            }
        }
        try lookAtPins(kernel, &result)
        try lookAtCopies(processors, kernel, &result)
        result.gaps.append("what CR4 really holds can't be read: SMEP, SMAP and UMIP are judged by the kernel's copies")
        result.extent = "\(processors.count) processors"
        return result
    }

    private static func expected() -> UInt64 {
        bits.filter { ProcessorFlags.ofThisMachine.contains($0.flag) }.reduce(0) { $0 | $1.mask }
    }

    private static func names(_ mask: UInt64) -> String {
        bits.filter { mask & $0.mask != 0 }.map { $0.flag.uppercased() }.joined(separator: ", ")
    }

    /// What the kernel sets in CR4 whenever it writes it (`cr4_pinned_bits`, arch/x86/kernel/cpu/common.c).
    private func lookAtPins(_ kernel: KernelView, _ result: inout CheckResult) throws(KernelMemoryError) {
        guard let address = kernel.address(of: "cr4_pinned_bits"), let pinned = try kernel.memory.word(address),
            let key = kernel.address(of: "cr_pinning"), let on = try kernel.memory.bytes(key, 4)?.littleEndianNumber
        else {
            result.gaps.append("this kernel doesn't pin bits of CR4")
            return
        }
        let missing = Self.expected() & ~pinned
        if missing != 0 {
            result.observations.append(
                violation(
                    "cr4_pinned_bits", "the kernel doesn't keep \(Self.names(missing)) set any more",
                    expected: pinned | missing, found: pinned))
        }
        if on == 0 {
            result.observations.append(
                violation(
                    "cr_pinning", "the kernel doesn't keep the bits of CR4 and CR0 set any more", expected: 1, found: 0)
            )
        }
    }

    /// What the kernel last wrote to each processor's CR4 (`cpu_tlbstate.cr4`).
    private func lookAtCopies(
        _ processors: [UInt32], _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        guard let state = kernel.address(of: "cpu_tlbstate"), let field = kernel.offset(of: "tlb_state.cr4"),
            let table = kernel.address(of: "__per_cpu_offset"), let last = processors.max(),
            let bases = try kernel.memory.words(table, count: Int(last) + 1)
        else {
            result.gaps.append("the kernel's copies of CR4 can't be read")
            return
        }
        let places = processors.map { bases[Int($0)] &+ state &+ UInt64(field) }
        for (processor, copy) in zip(processors, try kernel.memory.gather(places, 8)) {
            guard let copy = copy?.littleEndianNumber else {
                result.gaps.append("the kernel's copy of CR4 of processor \(processor) can't be read")
                continue
            }
            let missing = Self.expected() & ~copy
            if missing != 0 {
                result.observations.append(
                    violation(
                        "CR4 of processor \(processor)", "\(Self.names(missing)) is off on processor \(processor)",
                        expected: copy | missing, found: copy))
            }
        }
    }

    private func violation(_ subject: String, _ summary: String, expected: UInt64, found: UInt64) -> Observation {
        Observation(
            .violation, subject: subject, summary: summary, advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: subject, expected: KernelView.bytes(expected), found: KernelView.bytes(found))
            ])
    }

    /// Numbers of the processors that run: `0-3,6`.
    private static func online() -> [UInt32] {
        let text = (try? FileSystem.readText("/sys/devices/system/cpu/online")) ?? "0"
        return text.split { $0 == "," || $0 == "\n" }.flatMap { part -> [UInt32] in
            let ends = part.split(separator: "-").compactMap { UInt32($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }
}
