// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import Synchronization

/// `bpf-programs`: each BPF program whose code the kernel has is one that it counts up when asked; and those of others that can
/// change control or data are told, with who loaded and who holds them.
///
/// The code's list (`bpf_kallsyms`) is the kernel's own; what has taken itself off the numbers (`prog_idr`), or whose number is
/// left out of the answers, is hidden. Limits: a program that isn't compiled to machine code has no place on that list; hidden
/// links aren't looked for. Fixture: `hide_bpf`.
public final class BPFProgramsCheck: IntegrityCheck {
    public let name = "bpf-programs"
    public let covers = "BPF programs: none is hidden; whose those are that can change what the kernel does."
    public let pace = CheckPace.fast

    /// Who held a program when it was first seen; the empty text: this process.
    private let holders = Mutex<[UInt32: String]>([:])

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard let before = kernel.bpf() else {
            result.gaps.append("BPF programs can't be listed")
            return result
        }
        let code = try kernel.facts.bpfCode()
        let after = (try? BPFListing.read()) ?? before
        let numbers = Set((before.programs + after.programs).map(\.id))
        let functions = Set((before.programs + after.programs).flatMap(\.functions))
        for piece in code.pieces {
            // A part of a program has no number of its own.
            let isListed =
                piece.id == 0 ? functions.isEmpty || functions.contains(piece.start) : numbers.contains(piece.id)
            if !isListed {
                result.observations.append(
                    Observation(
                        .violation, subject: piece.name,
                        summary:
                            "the BPF program \(piece.name) is loaded and hidden from the kernel's own list of programs",
                        attribution: "BPF \(piece.name)", advice: Observation.distrust))
            }
        }
        if !code.isComplete { result.gaps.append("the list of BPF's code couldn't be followed to its end") }
        if functions.isEmpty, !numbers.isEmpty {
            result.gaps.append("the kernel doesn't tell where BPF's code lies: parts of programs aren't looked at")
        }
        explainOthers(after, kernel, &result)
        result.extent =
            "\(after.programs.count) programs, \(after.links.count) links, \(code.pieces.count) pieces of code"
        return result
    }

    // MARK: Whose they are

    private func explainOthers(_ listing: BPFListing, _ kernel: KernelView, _ result: inout CheckResult) {
        let changing = listing.programs.filter(\.canChangeControl)
        let held = holders.withLock { known in
            let present = Set(changing.map(\.id))
            known = known.filter { present.contains($0.key) }
            if changing.contains(where: { known[$0.id] == nil }) {
                let own = BPFHolders(listing.links, only: [getpid()])
                for program in changing where own.processes[program.id] != nil { known[program.id] = "" }
            }
            if changing.contains(where: { known[$0.id] == nil }) {
                let all = BPFHolders(listing.links)
                for program in changing where known[program.id] == nil {
                    let none = all.isCut ? "a process that wasn't found" : "no process: it is pinned or attached"
                    known[program.id] = all.processes[program.id].map { "\($0.name) (\($0.pid))" } ?? none
                }
            }
            return known
        }
        let kernelTypes = changing.isEmpty ? nil : BPFListing.kernelTypes()
        for program in changing {
            guard let holder = held[program.id], !holder.isEmpty else { continue }
            let place = Self.place(of: program, listing, kernelTypes, kernel)
            result.observations.append(
                Observation(
                    .explained, subject: "\(program.name) (\(program.id))",
                    summary: "BPF program \(program.title), \(program.typeName)\(place), is held by \(holder)",
                    attribution: "BPF program \(program.title), held by \(holder)"))
        }
    }

    /// ` at FUNCTION`, where it is told.
    private static func place(
        of program: BPFProgram, _ listing: BPFListing, _ kernelTypes: UInt32?, _ kernel: KernelView
    ) -> String {
        var targets = listing.links.filter { $0.program == program.id && $0.targetType != 0 }
            .map { ($0.targetObject, $0.targetType) }
        if targets.isEmpty { targets = [(program.targetObject, program.targetType)] }
        let names = targets.compactMap { object, type -> String? in
            object == kernelTypes ? kernel.facts.types.name(ofType: type) : nil
        }
        return names.isEmpty ? "" : " at \(Set(names).sorted().joined(separator: ", "))"
    }
}

extension KernelFacts {
    /// A program's machine code, or a part of it.
    fileprivate struct BPFCode {
        var name: String
        var start: UInt64
        /// The program's; 0 for a part of one.
        var id: UInt32
    }

    /// What is on the kernel's list of BPF's code (kernel/bpf/core.c), trampolines and dispatchers aside.
    fileprivate func bpfCode() throws(KernelMemoryError) -> (pieces: [BPFCode], isComplete: Bool) {
        guard let list = address(of: "bpf_kallsyms"), let link = offset(of: "bpf_ksym.lnode"),
            let start = offset(of: "bpf_ksym.start"), let name = offset(of: "bpf_ksym.name"),
            let isProgram = offset(of: "bpf_ksym.prog"), let own = offset(of: "bpf_prog_aux.ksym"),
            let number = offset(of: "bpf_prog_aux.id")
        else { return ([], false) }
        let walked = try memory.elements(ofListAt: list, link: link, fields: [(start, 8), (name, 128), (isProgram, 1)])
        let programs = walked.elements.filter { $0.number(2) != 0 }
        let numbers = try memory.gather(programs.map { $0.address &- UInt64(own) &+ UInt64(number) }, 4)
        let pieces = zip(programs, numbers).map { element, number in
            BPFCode(
                name: element.fields[1].textBeforeZero, start: element.number(0),
                id: UInt32(number?.littleEndianNumber ?? 0))
        }
        return (pieces, walked.isComplete)
    }
}
