// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Attempts that need more than a call: load, and the daemon's parent.
extension AttackRun {
    /// Denied loads, by more real-time processes than there are processors: nobody can read as fast. Each is denied, and each
    /// is reported or in a gap.
    static func floodComplaints(_ lab: Lab) async throws -> [String] {
        await lab.forgetPast()
        let loads = try (0..<3).map { number in
            let load = try KernelLoad.start(.maps(seconds: 4), output: "flood-\(number)")
            var parameter = sched_param(sched_priority: 50)
            try expect(sched_setscheduler(load.pid, SCHED_FIFO, &parameter), 0, "real time")
            return load
        }
        let results = try loads.map { try $0.finishExecs() }
        var marker: UInt64?
        var refusal = ""
        for _ in 0..<600 where marker == nil {
            // There is no room for it as long as too much waits to be read.
            do {
                marker = try await lab.client.sync()
            } catch {
                refusal = "\(error)"
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        var (seen, delivered, lost, gaps, isOver) = (0, UInt64(0), UInt64(0), 0, false)
        for _ in 0..<1200 where !isOver {
            for element in lab.collected(from: &seen) {
                switch element {
                case .event(let event) where event.decision.verdict == .deny:
                    if loads.contains(where: { $0.pid == event.subject.identity.pid }) { delivered += 1 }
                case .gap(let gap):
                    gaps += 1
                    lost += gap.denied
                case .sync(let number) where number == marker: isOver = true
                default: break
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let attempts = results.reduce(0) { $0 + $1.attempts }
        say("    \(attempts) denied: \(delivered) reported, \(lost) in \(gaps) gaps")
        var found: [String] = []
        for result in results where result.wrong > 0 { found.append("\(result.wrong) wrong verdicts") }
        if !isOver { found.append("the stream doesn't go on; marker \(marker.map(String.init) ?? refusal)") }
        if gaps == 0 { found.append("nothing was lost: it was no flood") }
        if delivered + lost != attempts {
            found.append("\(attempts) were denied, \(delivered) reported and \(lost) counted as lost")
        }
        return found
    }

    /// The daemon's parent is stopped, and killed once sealed: nothing comes of it.
    static func parentComplaints(_ lab: Lab, sealed: Bool) async throws -> [String] {
        guard let parent = parent(of: lab.daemon.pid), parent > 1, parent != getpid() else {
            return ["the daemon's parent isn't there"]
        }
        var found: [String] = []
        for signal in sealed ? [SIGSTOP, SIGKILL] : [SIGSTOP] {
            kill(parent, signal)
            try await Task.sleep(for: .milliseconds(500))
            if !AttackTarget.isRunning(lab.daemon.pid) { found.append("the daemon doesn't run any more") }
            let status = try await lab.client.status()
            if status.pid != lab.daemon.pid { found.append("another daemon answers") }
            if Lab.exec(Lab.deniedProgram) != -EPERM { found.append("a denied program ran") }
            if kill(lab.daemon.pid, SIGKILL) == 0 { found.append("the daemon could be killed") }
            kill(parent, SIGCONT)
        }
        if sealed, Self.parent(of: lab.daemon.pid) == parent { found.append("its parent is there still") }
        return found
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let text = try? Lab.read("/proc/\(pid)/stat") else { return nil }
        let words = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        return words.flatMap { $0.count > 1 ? pid_t($0[1]) : nil }
    }
}
