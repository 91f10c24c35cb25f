// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CKernelActs
import EndpointModel
import Glibc
import KernelABI
import KernelPrograms
import Sallyport

/// What each deciding program costs where rules are on its operation and none concerns the subject.
///
/// Measured by the kernel's own statistics of programs (under `-icount` a nanosecond is an instruction; reading the clock
/// is part of it), while the counters show that nothing was decided. Beside it stands what a way without a decision comes
/// to at most, counted on the program's instructions (``FastPath``).
enum FastPathMeasurement {
    /// An odd number: the median is one of them.
    private static let repetitions = 15

    /// One JSON object: program, figures.
    static func run(_ lab: Lab) async throws -> String {
        let policy = Policy(
            name: "nobody",
            rules: [
                Rule(
                    name: "nobody",
                    operations: OperationCatalogue.all.filter(\.canDeny).map(\.operation),
                    subject: Make.exe("/opt/nobody/**"), action: .deny)
            ])
        try await lab.connect(collecting: false)
        try await lab.setPolicies([policy])
        lab.disconnect()
        try await Task.sleep(for: .milliseconds(300))
        return try measure()
    }

    private static func measure() throws -> String {
        let programs = KernelProgram.deciding.filter { $0.recentHook.map(BPFObject.kernelHasHook) ?? true }
        let acts = try FastPathActs()
        let object = try KernelObject.sallyport.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "paths")
        }
        for program in KernelProgram.allCases { try object.setLoads(program.rawValue, programs.contains(program)) }
        try object.load()
        try Lab.put("1", into: "/proc/sys/kernel/bpf_stats_enabled")
        var rows: [String] = []
        for program in programs {
            let bounds = try FastPath.bounds(of: program, in: object)
            var figures = [
                ("questions", Double(bounds.questions)), ("lookups", Double(bounds.lookUps)),
                ("changes", Double(bounds.changes)), ("bpf_instructions", Double(bounds.instructions)),
            ]
            if let act = acts.act(for: program) {
                let found = try measure(program, act.operation, act.perform)
                figures += [("instructions", (found * 10).rounded() / 10)]
            }
            let text = figures.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
            rows.append("\"\(program.rawValue)\": {\(text)}")
        }
        return "{" + rows.joined(separator: ", ") + "}"
    }

    /// Machine instructions of a run: the median of the acts, as an interrupt may fall into one.
    private static func measure(
        _ program: KernelProgram, _ operation: EndpointModel.Operation, _ perform: () -> Void
    ) throws -> Double {
        let attached = try AttachedProgram(attachmentPinnedAt: try Attachments.path(of: program))
        perform()  // what is found out once
        let decided = try decisions(operation)
        var found: [Double] = []
        for _ in 0..<repetitions {
            let before = try attached.runs()
            perform()
            let after = try attached.runs()
            let count = after.count - before.count
            try require(count > 0, "\(program.rawValue) didn't run")
            found.append(Double(after.nanoseconds - before.nanoseconds) / Double(count))
        }
        try expect(try decisions(operation), decided, "decisions taken by \(program.rawValue)")
        return found.sorted()[repetitions / 2]
    }

    private static func decisions(_ operation: EndpointModel.Operation) throws -> UInt64 {
        try Counters.value(SP_COUNT_DECIDED, plus: operation.kernelNumber)
    }
}
