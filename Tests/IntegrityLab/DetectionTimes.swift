// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import KernelIntegrity
import LinuxSystem
import Synchronization

/// How long the monitor takes to find what is tampered with at moments that it doesn't know: one fixture a check, all checks
/// at a time, and after them those whose fixture another check sees as well.
///
/// A tampering begins at random within the check's interval, stays until it is found, and is undone; the next one waits until
/// the finding has ended, too.
struct DetectionTimes {
    let facts: KernelFacts
    let rounds: Int
    let fast: UInt32
    let full: UInt32

    init(facts: KernelFacts, rounds: Int, fast: UInt32, full: UInt32) {
        self.facts = facts
        self.rounds = rounds
        self.fast = fast
        self.full = full
    }

    private final class Found: Sendable {
        private struct State {
            var open: [UInt64: (check: String, text: String)] = [:]
            /// Violations of checks that nothing tampers with just now.
            var unexpected: [String] = []
            var expected: Set<String> = []
        }

        private let state = Mutex(State())

        func take(_ findings: [Finding]) {
            state.withLock { state in
                for finding in findings where finding.severity == .violation {
                    if finding.ended != nil {
                        state.open[finding.id] = nil
                        continue
                    }
                    if state.open[finding.id] == nil, !state.expected.contains(finding.check) {
                        state.unexpected.append("\(finding.check): \(finding.summary)")
                    }
                    state.open[finding.id] = (finding.check, finding.summary)
                }
            }
        }

        func expect(_ check: String, _ isExpected: Bool) {
            state.withLock { state in
                if isExpected { state.expected.insert(check) } else { state.expected.remove(check) }
            }
        }

        func isOpen(_ check: String) -> Bool { state.withLock { $0.open.values.contains { $0.check == check } } }

        var unexpected: [String] { state.withLock { $0.unexpected } }
    }

    /// What became of one check's tamperings.
    struct Figures: Sendable {
        /// Milliseconds, one a round.
        var times: [Double] = []
        var failure: String?
        /// Milliseconds.
        var maximum: UInt32 = 0
    }

    /// What became of all of them, by check.
    private(set) var figures: [String: Figures] = [:]

    /// Returns whether each tampering was found within its check's maximum, and nothing else was.
    mutating func run() throws -> Bool {
        let found = Found()
        let monitor = try IntegrityMonitor(
            facts, settings: IntegritySettings(fastMaximum: fast, fullMaximum: full),
            reports: IntegrityMonitor.Reports(
                changed: { found.take($0) }, failed: { print("\($0) can't look: \($1)") }))
        let thread = try SystemThread(name: "integrity") { monitor.run() }
        let status = monitor.status(isIsolated: false)
        // The first looks are baselines for some.
        while monitor.status(isIsolated: false).checks.contains(where: { $0.looks == 0 }) {
            Clock.sleep(microseconds: 100_000)
        }
        // A fixture is one module, which one check at a time can have.
        var used: Set<String> = []
        var chosen: [Proof] = []
        for check in status.checks {
            let possible = Proof.all.first { proof in
                proof.check == check.name && !proof.notOn.contains { facts.release.hasPrefix($0) }
                    && !used.contains(proof.fixture) && proof.isRepeatable
            }
            guard let possible else { continue }
            used.insert(possible.fixture)
            chosen.append(possible)
        }
        let begin = Clock.awake()
        let processor = monitor.status(isIsolated: false).processorTime
        let results = Mutex<[String: Figures]>([:])
        let lab = self
        for group in [chosen.filter(\.isSeenBy.isEmpty), chosen.filter { !$0.isSeenBy.isEmpty }] {
            let others = Set(group.flatMap(\.isSeenBy))
            for check in others { found.expect(check, true) }
            let threads = try group.map { proof in
                let maximum = status.checks.first { $0.name == proof.check }!.isFull ? full : fast
                return try SystemThread(name: "tamper") {
                    let figures = lab.rounds(proof, maximum, found) {
                        monitor.status(isIsolated: false).checks.first { $0.name == proof.check }?.looks ?? 0
                    }
                    results.withLock { $0[proof.check] = figures }
                }
            }
            for thread in threads { thread.join() }
            // A check that looks seldom sees the last tampering's end as late.
            _ = wait(full * 2) { !others.contains { found.isOpen($0) } }
            for check in others { found.expect(check, false) }
        }
        let elapsed = Double(Clock.awake() - begin) / 1e9
        let used2 = Double(monitor.status(isIsolated: false).processorTime - processor) / 1e9
        monitor.stop()
        thread.join()
        var isKept = true
        for proof in chosen {
            var figures = results.withLock { $0[proof.check] } ?? Figures()
            let maximum = status.checks.first { $0.name == proof.check }!.isFull ? full : fast
            figures.maximum = maximum * 1000
            self.figures[proof.check] = figures
            let times = figures.times.sorted()
            if let failure = figures.failure {
                print("TIMES \(proof.title): FAILED: \(failure)")
                isKept = false
            }
            guard let last = times.last else { continue }
            if last > Double(maximum) * 1000 { isKept = false }
            print(
                "TIMES \(proof.title): \(times.count) found, ms: least \(tenths(times[0])), p50"
                    + " \(tenths(times[times.count / 2])), p95 \(tenths(times[times.count * 95 / 100])), max \(tenths(last)),"
                    + " promised \(maximum * 1000)")
        }
        print(
            "TIMES processor: \(tenths(used2 * 1000)) ms in \(tenths(elapsed)) s, \(tenths(used2 / elapsed * 100)) % of one"
        )
        for text in found.unexpected.prefix(20) { print("TIMES FALSE: \(text)") }
        return isKept && found.unexpected.isEmpty
    }

    private func rounds(_ proof: Proof, _ maximum: UInt32, _ found: Found, looks: () -> UInt64) -> Figures {
        var figures = Figures()
        found.expect(proof.check, true)
        // What made the kernel stronger takes that back when it is unloaded.
        defer { found.expect(proof.check, proof.isInverse) }
        do {
            for module in proof.modules { try Fixture.run(["/sbin/modprobe", module]) }
            let victim = proof.needsVictim ? try Lab.victim() : nil
            defer {
                victim?.signal(SIGKILL)
                _ = victim?.wait()
            }
            let fixture = Fixture(proof.fixture)
            try fixture.load((victim.map { ["pid=\($0.pid)"] } ?? []) + proof.parameters)
            defer { fixture.unload() }
            if proof.isInverse {
                try fixture.tamper(true)
                let before = looks()
                // The first of them may have begun before.
                guard wait(maximum * 2, until: { looks() > before + 1 }) else {
                    figures.failure = "it isn't looked at"
                    return figures
                }
            }
            for _ in 0..<rounds {
                Clock.sleep(microseconds: UInt32.random(in: 0...maximum * 1_000_000))
                try fixture.tamper(!proof.isInverse)
                let begin = Clock.awake()
                let isFound = wait(maximum * 2) { found.isOpen(proof.check) }
                let time = Double(Clock.awake() - begin) / 1_000_000
                try fixture.tamper(proof.isInverse)
                guard isFound else {
                    figures.failure = "not found within \(maximum * 2) s"
                    return figures
                }
                figures.times.append(time)
                guard wait(maximum * 2, until: { !found.isOpen(proof.check) }) else {
                    figures.failure = "still found after it was undone"
                    return figures
                }
            }
        } catch {
            figures.failure = "\(error)"
        }
        return figures
    }

    private func wait(_ seconds: UInt32, until isSo: () -> Bool) -> Bool {
        for _ in 0..<seconds * 100 {
            if isSo() { return true }
            Clock.sleep(microseconds: 10_000)
        }
        return isSo()
    }
}
