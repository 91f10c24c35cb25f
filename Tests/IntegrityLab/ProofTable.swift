// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import LinuxSystem

extension Lab {
    /// Proves every check, measures how soon and at what cost it finds, and prints the rows for one kernel. Returns whether
    /// each was proved, each tampering found in time, and nothing else found.
    func table(_ times: DetectionTimes) throws -> Bool {
        var times = times
        var isSound = prove([]) == 0
        if try !times.run() { isSound = false }
        var rows: [String] = []
        for check in checks {
            // Once for what is read the first time only.
            _ = try check.look(at: view.now())
            let begin = Clock.awake()
            let result = try check.look(at: view.now())
            let cost = Double(Clock.awake() - begin) / 1_000_000
            rows.append(row(check, times.figures[check.name], cost, result))
        }
        print("TABLE begin")
        print("Kernel \(view.facts.release), \(times.rounds) tamperings a check, at random moments.")
        print("")
        print("| check | proved by | found within, s: p50 / max / promised | a look, ms | compared | not looked at |")
        print("|---|---|---|---|---|---|")
        for row in rows { print(row) }
        print("TABLE end")
        return isSound
    }

    private func row(
        _ check: some IntegrityCheck, _ figures: DetectionTimes.Figures?, _ cost: Double, _ result: CheckResult
    ) -> String {
        let release = view.facts.release
        var fixtures: [String] = []
        for proof in Proof.all where proof.check == check.name {
            if proof.notOn.contains(where: { release.hasPrefix($0) }) { continue }
            let parameters = proof.parameters.filter { !$0.hasPrefix("undo_after") }
            let text = ([proof.fixture] + parameters).joined(separator: " ")
            if !fixtures.contains("`\(text)`") { fixtures.append("`\(text)`") }
        }
        var found = "—"
        if let figures, let last = figures.times.max() {
            let sorted = figures.times.sorted()
            found = [sorted[sorted.count / 2], last, Double(figures.maximum)].map { tenths($0 / 1000) }
                .joined(separator: " / ")
        }
        return [
            "", " `\(check.name)` ", " \(fixtures.joined(separator: ", ")) ", " \(found) ", " \(tenths(cost)) ",
            " \(result.extent) ", " \(result.gaps.isEmpty ? "—" : result.gaps.joined(separator: "; ")) ", "",
        ].joined(separator: "|")
    }
}
