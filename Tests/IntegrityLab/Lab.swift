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
    }

    /// Whether the fixture was seen while it was done, and neither before nor after.
    func tamper(check name: String, fixture: String, parameters: [String]) throws -> Bool {
        guard let check = checks.first(where: { $0.name == name }) else {
            print("no check \(name)")
            return false
        }
        let scan = IntegrityScan(view)
        func violations() throws -> [Observation] {
            try scan.run(check).observations.filter { $0.severity == .violation }
        }
        let module = Fixture(fixture)
        try module.load(parameters)
        defer { module.unload() }
        let before = try violations()
        try module.tamper(true)
        print("place: \(module.place)")
        let tampered = try violations()
        for observation in tampered.prefix(5) { print("  seen: \(observation.summary)") }
        try module.tamper(false)
        let after = try violations()
        print("\(name) \(fixture): before \(before.count), tampered \(tampered.count), undone \(after.count)")
        for observation in (before + after).prefix(5) { print("  FALSE: \(observation.summary)") }
        return before.isEmpty && !tampered.isEmpty && after.isEmpty
    }

    private func report(_ check: some IntegrityCheck) throws {
        // Once for what is read the first time only.
        _ = try check.look(at: view.now())
        let start = Clock.awake()
        let cpu = processorTime()
        var result = try check.look(at: view.now())
        let time = Double(Clock.awake() - start) / 1_000_000
        print("\(check.name): \(result.extent), \(tenths(time)) ms, \(tenths(processorTime() - cpu)) ms of a processor")
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

/// A module of `Kernel/tests/tamper`.
struct Fixture {
    let name: String

    init(_ name: String) { self.name = name }

    private var folder: String { "/sys/module/tamper_\(name)/parameters" }

    /// - Parameter parameters: `NAME=VALUE`, as `insmod` takes them.
    func load(_ parameters: [String]) throws {
        let file = "\(environmentValue("TAMPER_MODULES"))/tamper_\(name).ko"
        try Self.run(["/sbin/insmod", file] + parameters)
    }

    private static func run(_ arguments: [String]) throws {
        guard try ChildProcess(arguments, inheriting: []).wait() == .ended(0) else {
            throw FixtureError(arguments.joined(separator: " "), EINVAL)
        }
    }

    func tamper(_ done: Bool) throws {
        let descriptor = open("\(folder)/tamper", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FixtureError("open \(folder)/tamper", errno) }
        defer { close(descriptor) }
        guard write(descriptor, done ? "1" : "0", 1) == 1 else { throw FixtureError("tamper", errno) }
    }

    var place: String { (try? FileSystem.readText("\(folder)/place")) ?? "" }

    func unload() { try? Self.run(["/sbin/rmmod", "tamper_\(name)"]) }
}

struct FixtureError: Error, CustomStringConvertible {
    var description: String
    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
}

func environmentValue(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

/// Of this process, in milliseconds.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}

func tenths(_ value: Double) -> String { "\(Int(value * 10) / 10).\(Int(value * 10) % 10)" }
