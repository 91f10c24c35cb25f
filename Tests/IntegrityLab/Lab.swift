// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import KernelIntegrity
import LinuxSystem

/// Checks over the running kernel, and the fixtures that tamper with it.
struct Lab {
    let view: KernelView
    let checks = CheckCatalogue.make()

    init(_ facts: KernelFacts) { view = KernelView(facts) }

    func scan(_ wanted: Set<String>) throws {
        for check in checks where wanted.isEmpty || wanted.contains(check.name) { try report(check) }
        if let memory = view.facts.memory as? ProgramMemory {
            let runs = memory.runs
            print(
                "runs of programs that read memory: \(runs.count), \(runs.longerThanMillisecond) of them longer than 1 ms,"
                    + " the longest \(runs.longestNanoseconds / 1000) µs")
        }
    }

    /// What a check sees before a fixture, while it is done, and afterwards.
    ///
    /// - Parameter isInverse: the fixture makes the kernel stronger: what is looked for is that it is undone.
    func tamper(
        check name: String, fixture: String, parameters: [String], isInverse: Bool = false
    ) throws -> TamperOutcome {
        // With a baseline of its own, so that one proof is like another.
        guard let check = CheckCatalogue.make().first(where: { $0.name == name }) else {
            throw LabError("no check \(name)", ENOENT)
        }
        let scan = IntegrityScan(view)
        func violations() throws -> [Observation] {
            try scan.run(check).observations.filter { $0.severity == .violation }
        }
        let module = Fixture(fixture)
        try module.load(parameters)
        defer { module.unload() }
        var outcome = TamperOutcome()
        if isInverse { try module.tamper(true) }
        outcome.before = try violations()
        try module.tamper(!isInverse)
        outcome.place = module.place
        let start = Clock.awake()
        outcome.tampered = try violations()
        outcome.milliseconds = Double(Clock.awake() - start) / 1_000_000
        if parameters.contains(where: { $0.hasPrefix("undo_after=") }) {
            try module.waitUntilUndone()
        } else {
            try module.tamper(isInverse)
        }
        outcome.undone = try violations()
        return outcome
    }

    private func report(_ check: some IntegrityCheck) throws {
        // Once for what is read the first time only.
        _ = try check.look(at: view.now())
        let start = Clock.awake()
        let cpu = processorTime()
        var result = try check.look(at: view.now())
        let time = Double(Clock.awake() - start) / 1_000_000
        print(
            "\(check.name): \(result.extent), \(tenths(time)) ms, \(tenths(processorTime() - cpu)) ms of a processor")
        if result.observations.contains(where: { $0.severity == .violation }) {
            result = try IntegrityScan(view).run(check)
        }
        let kinds = Dictionary(grouping: result.explained, by: \.kind).sorted { $0.key < $1.key }
        for (kind, changes) in kinds {
            print("  \(kind): \(changes.reduce(0) { $0 + $1.places }) places, \(changes.count) causes")
        }
        for gap in result.gaps { print("  not looked at: \(gap)") }
        for observation in result.observations.prefix(40) { print("  \(observation.severity): \(observation.summary)") }
        if result.observations.count > 40 { print("  … \(result.observations.count) in all") }
    }
}

/// What a check saw of a fixture.
struct TamperOutcome: CustomStringConvertible {
    var place = ""
    var before: [Observation] = []
    var tampered: [Observation] = []
    var undone: [Observation] = []
    /// That the scan took which saw it, with the looks that make sure.
    var milliseconds = 0.0

    var isProof: Bool { before.isEmpty && !tampered.isEmpty && undone.isEmpty }

    var description: String {
        let wrong = (before + undone).map { "; FALSE: \($0.summary)" }
        guard let first = tampered.first else { return "UNSEEN (\(place))" + wrong.prefix(3).joined() }
        return "seen in \(tenths(milliseconds)) ms: \(first.summary)" + wrong.prefix(3).joined()
    }
}

/// Of this process, in milliseconds.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}

func tenths(_ value: Double) -> String { "\(Int(value * 10) / 10).\(Int(value * 10) % 10)" }
