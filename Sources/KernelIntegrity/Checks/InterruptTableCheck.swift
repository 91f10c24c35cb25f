// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem

/// `interrupt-table`: each gate of the interrupt descriptor table leads to the beginning of one of the kernel's own entries, in
/// the kernel's code segment, and only those for breakpoints, overflow and old system calls may be raised by programs.
///
/// The processors read the table through a second, read-only mapping in the entry area: it has to be the same memory.
/// Limits: which table a processor has loaded (`sidt`) can't be told where UMIP hides it; under FRED no processor uses the table.
/// Fixture: `idt_gate`.
public struct InterruptTableCheck: IntegrityCheck {
    public let name = "interrupt-table"
    public let covers = "Each gate of the interrupt descriptor table: an entry of the kernel's own, and its privilege."
    public let pace = CheckPace.fast

    public init() {}

    private static let vectors = 256
    private static let bytes = 16
    /// `__KERNEL_CS`.
    private static let codeSegment: UInt16 = 0x10
    /// Vectors that programs may raise: `int3`, `into`, `int $0x80`.
    private static let forPrograms: Set = [3, 4, 0x80]
    /// `CPU_ENTRY_AREA_RO_IDT` (arch/x86/include/asm/pgtable_areas.h).
    private static let readOnlyMapping: UInt64 = 0xffff_fe00_0000_0000

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let address = kernel.address(of: "idt_table"),
            let table = try kernel.memory.bytes(address, Self.vectors * Self.bytes)
        else {
            result.gaps.append("the interrupt descriptor table can't be read")
            return result
        }
        var present = 0
        for vector in 0..<Self.vectors {
            let gate = Gate(table[(vector * Self.bytes)..<((vector + 1) * Self.bytes)])
            guard gate.isPresent else { continue }
            present += 1
            if let fault = try fault(of: gate, vector, kernel) {
                let place = "idt_table[0x\(String(vector, radix: 16))]"
                result.observations.append(
                    Observation(
                        .violation, subject: place, summary: "the gate of interrupt \(vector) \(fault)",
                        advice: Observation.distrust,
                        differences: [
                            Finding.Difference(
                                symbol: "idt_table", offset: UInt64(vector * Self.bytes), expected: [],
                                found: Array(table[(vector * Self.bytes)..<((vector + 1) * Self.bytes)]))
                        ]))
            }
        }
        try lookAtMapping(table, kernel, &result)
        if ProcessorFlags.ofThisMachine.contains("fred") {
            result.gaps.append("with FRED, which this processor has, interrupts may not go by this table")
        }
        result.extent = "\(present) gates"
        return result
    }

    private struct Gate {
        var target: UInt64
        var segment: UInt16
        var type: UInt8
        var privilege: UInt8
        var isPresent: Bool

        /// A `struct gate_struct` (arch/x86/include/asm/desc_defs.h).
        init(_ bytes: ArraySlice<UInt8>) {
            let low = bytes.littleEndianNumber
            let high = bytes.dropFirst(8).littleEndianNumber & 0xffff_ffff
            target = low & 0xffff | low >> 32 & 0xffff_0000 | high << 32
            segment = UInt16(truncatingIfNeeded: low >> 16)
            type = UInt8(truncatingIfNeeded: low >> 40 & 0x1f)
            privilege = UInt8(truncatingIfNeeded: low >> 45 & 3)
            isPresent = low >> 47 & 1 != 0
        }
    }

    /// What is wrong with a gate; `nil`: nothing.
    private func fault(of gate: Gate, _ vector: Int, _ kernel: KernelView) throws(KernelMemoryError) -> String? {
        if try !isStub(gate.target, vector, kernel) {
            let place = kernel.place(gate.target)
            guard try kernel.owner(of: gate.target) == .kernel else { return "leads to \(kernel.name(gate.target))" }
            guard place.offset == 0, Self.isEntry(place.symbol) else {
                return "leads to \(kernel.name(gate.target)), which is no entry of interrupts"
            }
        }
        if gate.segment != Self.codeSegment { return "has the segment \(gate.segment), not the kernel's code" }
        // An interrupt gate of 64 bits, or a trap gate, which leaves interrupts on.
        if gate.type != 0xe && gate.type != 0xf { return "has the type \(gate.type)" }
        if gate.privilege != 0, !Self.forPrograms.contains(vector) { return "may be raised by programs" }
        return nil
    }

    /// As `DECLARE_IDTENTRY` and what it is made for name entries.
    private static func isEntry(_ symbol: String) -> Bool {
        symbol.hasPrefix("asm_exc_") || symbol.hasPrefix("asm_sysvec_") || symbol.hasPrefix("asm_xenpv_")
            || symbol.hasPrefix("xen_asm_") || symbol == "asm_int80_emulation" || symbol == "entry_INT80_compat"
    }

    /// Whether a gate leads to the stub of its kind: one for each device's interrupt and each spurious one
    /// (`irq_entries_start` in arch/x86/include/asm/idtentry.h). Exceptions that don't exist keep those of the kernel's start,
    /// whose text is gone; no processor raises them.
    private func isStub(_ target: UInt64, _ vector: Int, _ kernel: KernelView) throws(KernelMemoryError) -> Bool {
        if vector < 32 {
            guard let stubs = kernel.address(of: "early_idt_handler_array") else { return false }
            return target >= stubs && target < stubs + 32 * 16
        }
        guard let device = kernel.address(of: "irq_entries_start"),
            let spurious = kernel.address(of: "spurious_entries_start"),
            device < spurious
        else { return false }
        let end = spurious + UInt64(Self.vectors - 0xe0) * 16
        return (device..<end).contains(target) && target % 8 == 0
    }

    private func lookAtMapping(
        _ table: [UInt8], _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        guard let mapped = try kernel.memory.bytes(Self.readOnlyMapping, table.count) else {
            result.gaps.append("the processors' mapping of the table can't be read")
            return
        }
        if mapped != table {
            result.observations.append(
                Observation(
                    .violation, subject: "idt_table",
                    summary: "the processors' mapping of the interrupt descriptor table isn't the kernel's table",
                    advice: Observation.distrust))
        }
        guard let descriptor = kernel.address(of: "idt_descr"), let bytes = try kernel.memory.bytes(descriptor, 10)
        else { return }
        let loaded = bytes[2...].littleEndianNumber
        if loaded != Self.readOnlyMapping, loaded != kernel.address(of: "idt_table") {
            result.observations.append(
                Observation(
                    .violation, subject: "idt_descr",
                    summary: "processors that are started load another interrupt descriptor table than the kernel's",
                    advice: Observation.distrust,
                    differences: [
                        Finding.Difference(
                            symbol: "idt_descr", offset: 2, expected: KernelView.bytes(Self.readOnlyMapping),
                            found: KernelView.bytes(loaded))
                    ]))
        }
    }
}

/// What `/proc/cpuinfo` says that the processors have and the kernel uses.
struct ProcessorFlags: Sendable {
    private let flags: Set<Substring>

    /// They don't change while a kernel runs.
    static let ofThisMachine = ProcessorFlags()

    private init() {
        let text = (try? FileSystem.readText("/proc/cpuinfo")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        flags = Set(line.split(separator: " "))
    }

    func contains(_ flag: String) -> Bool { flags.contains(flag[...]) }
}
