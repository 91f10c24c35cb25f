// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Gate
import Glibc

/// What happens to what is held when the daemon, its guard or both are stopped or killed.
enum GateGuardScenarios {
    static let refused = -EPERM
    /// How long a question waits at most that the daemon never reads.
    static let unread = Guard.patience + .milliseconds(60)

    static let all: [Scenario] = [
        Scenario(
            "daemon stopped: what it had read gets its fallback in time, what comes then the guard's answer at once"
        ) {
            _ in
            for (mode, answer) in [(GuardMode.allow, 0), (.deny, refused), (.kernel, 0)] {
                var holder = Holder()
                holder.guardMode = mode
                holder.deadline = .seconds(1)
                // Of the two that it may come to, the other one.
                holder.allowsAtDeadline = answer != 0
                let process = try await HolderProcess(holder)
                let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10), output: "read")
                for _ in 0..<100 where process.count("asked") < 10 { try await Task.sleep(for: .milliseconds(10)) }
                try expect(process.count("asked"), 10, "questions")
                process.stop()
                for number in 0..<5 {
                    let took = try GateLab.time { try expect(GateLab.open(GateLab.text), answer, "open, \(mode)") }
                    // The first one has to wait until it is clear that nobody reads.
                    let limit = (number == 0 ? unread : .milliseconds(50)) + GateLab.slack
                    try requireInTime(took < limit, "open \(number) took \(took)")
                    try expect(Lab.exec(GateLab.program), answer, "exec, \(mode)")
                }
                let waits = try load.finishWaits()
                try expect(answer == 0 ? waits.refused : waits.passed, 10, "fallbacks of \(waits)")
                try requireInTime(
                    waits.longest < holder.deadline + .milliseconds(50) + GateLab.slack, "one waited \(waits.longest)")
                process.send(SIGCONT)
                try await Task.sleep(for: .milliseconds(300))
                let asked = process.count("asked")
                try expect(GateLab.open(GateLab.text), answer == 0 ? refused : 0, "the fallback, after SIGCONT")
                try expect(process.count("asked"), asked + 1, "questions after SIGCONT")
                try expect(process.end(), 0, "wait status")
                // An execution that goes on is an open, too.
                try expect(
                    process.counters[answer == 0 ? "takenAllowed" : "takenDenied"], answer == 0 ? 15 : 10,
                    "answers of the guard's own")
                try await HolderProcess.expectGuards(0)
            }
        },
        Scenario("daemon killed, guard that allows: fallbacks at once, then nothing is held") { _ in
            var holder = Holder()
            holder.deadline = .seconds(60)
            holder.allowsAtDeadline = false
            let process = try await HolderProcess(holder)
            let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10), output: "killed")
            for _ in 0..<100 where process.count("asked") < 10 { try await Task.sleep(for: .milliseconds(10)) }
            var waits: KernelLoad.Waits?
            let took = try GateLab.time {
                process.end(SIGKILL)
                waits = try load.finishWaits()
            }
            try expect(waits?.refused, 10, "opens that were given their fallback")
            try requireInTime(took < .milliseconds(100) + GateLab.slack, "that took \(took)")
            try expect(GateLab.open(GateLab.text), 0, "open")
            try await HolderProcess.expectGuards(0)
        },
        Scenario("daemon killed, guard that denies: closed at once, but for its exceptions; the next daemon takes over")
        {
            _ in
            var holder = Holder()
            holder.guardMode = .deny
            holder.deadline = .seconds(60)
            holder.exceptions = [GateLab.library]
            let process = try await HolderProcess(holder)
            let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10), output: "closed")
            for _ in 0..<100 where process.count("asked") < 10 { try await Task.sleep(for: .milliseconds(10)) }
            process.end(SIGKILL)
            let waits = try load.finishWaits()
            try expect(waits.passed, 10, "opens that were given their fallback")
            for _ in 0..<20 {
                let took = try GateLab.time { try expect(GateLab.open(GateLab.text), refused, "open") }
                try requireInTime(took < .milliseconds(50) + GateLab.slack, "that took \(took)")
            }
            try expect(GateLab.open(GateLab.library), 0, "open of the exception")
            try expect(HolderProcess.guards.count, 1, "guards")
            // Not one passes while the next one, which denies, takes over.
            let stop = "/run/held-stop"
            unlink(stop)
            let opener = acts_open_until(GateLab.text, stop)
            try require(opener > 0, "fork")
            holder.behaviour = .deny
            let next = try await HolderProcess(holder)
            try await HolderProcess.expectGuards(1)
            try expect(GateLab.open(GateLab.library), refused, "open of the former guard's exception")
            try Lab.write("", to: stop)
            var status: Int32 = 0
            waitpid(opener, &status, 0)
            try expect(status, 0, "opens that passed meanwhile, or weren't tried")
            try expect(next.end(), 0, "wait status")
            try await HolderProcess.expectGuards(0)
            try expect(GateLab.open(GateLab.text), 0, "open when nothing is held any more")
        },
        Scenario("guard killed or stopped: it is there again, and what it had to answer is answered") { _ in
            var holder = Holder()
            holder.allowsAtDeadline = false
            let process = try await HolderProcess(holder)
            for signal in [SIGKILL, SIGSTOP, SIGKILL] {
                let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10), output: "guard")
                for guardian in HolderProcess.guards { kill(guardian, signal) }
                let waits = try load.finishWaits()
                try expect(waits.refused, 10, "fallbacks of \(waits)")
                try requireInTime(
                    waits.longest < holder.deadline + .milliseconds(150) + GateLab.slack, "one waited \(waits.longest)")
                try await HolderProcess.expectGuards(1)
            }
            for guardian in HolderProcess.guards { for number in [SIGTERM, SIGINT, SIGHUP] { kill(guardian, number) } }
            try await Task.sleep(for: .milliseconds(300))
            try expect(process.end(), 0, "wait status")
            try expect(process.counters["guardRestarts"], 2, "guards that were started again")
            try expect(process.counters["guardContinued"], 1, "guards that were set going again")
        },
        Scenario("daemon and guard killed: the kernel lets pass what is held, and nothing is held any more") { _ in
            var holder = Holder()
            holder.guardMode = .deny
            holder.deadline = .seconds(60)
            holder.allowsAtDeadline = false
            let process = try await HolderProcess(holder)
            let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10), output: "both")
            for _ in 0..<100 where process.count("asked") < 10 { try await Task.sleep(for: .milliseconds(10)) }
            // Stopped first: otherwise one of the two would do its duty.
            process.stop()
            for guardian in HolderProcess.guards { kill(guardian, SIGKILL) }
            process.end(SIGKILL)
            let waits = try load.finishWaits()
            say("    \(waits)")
            try expect(waits.passed, 10, "opens that passed")
            try expect(GateLab.open(GateLab.text), 0, "open")
        },
        Scenario("daemon stopped or killed between reading a question and noting it: the guard answers that one, too") {
            _ in
            for isKilled in [false, true] {
                var holder = Holder()
                holder.behaviour = .allow
                holder.guardMode = .deny
                let process = try await HolderProcess(holder)
                let begin = Begin()
                var thread: Int32 = 0
                let traced = withUnsafeMutablePointer(to: &begin.load) { place in
                    acts_stop_after_read(process.pid, "gate", { beginOpen($0) }, place, &thread)
                }
                try expect(traced, 0, "trace the gate")
                if isKilled {
                    process.send(SIGKILL)
                    acts_let_go(thread)
                    process.end(SIGKILL)
                }
                let waits = try require(begin.load, "the load").finishWaits()
                if !isKilled { acts_let_go(thread) }
                say("    \(isKilled ? "killed" : "stopped"): \(waits)")
                try expect(waits.refused, 1, "opens that the guard refused")
                try requireInTime(waits.longest < unread + GateLab.slack, "it waited \(waits.longest)")
                if !isKilled {
                    try await Task.sleep(for: .milliseconds(300))
                    try expect(GateLab.open(GateLab.text), 0, "open when the daemon goes on")
                    try expect(process.end(), 0, "wait status")
                    try expect(process.counters["swept"], 1, "questions that stood nowhere")
                } else {
                    // The next one ends the guard that is left.
                    let next = try await HolderProcess(holder)
                    try expect(GateLab.open(GateLab.text), 0, "open under the next daemon")
                    try expect(next.end(), 0, "wait status")
                }
            }
            try await HolderProcess.expectGuards(0)
        },
        Scenario("daemons killed at any moment under load: nobody is left waiting") { _ in
            var holder = Holder()
            holder.behaviour = .allow
            holder.deadline = .seconds(2)
            for round in 0..<10 {
                holder.guardMode = round % 2 == 0 ? .allow : .deny
                let process = try await HolderProcess(holder)
                let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 500), output: "any")
                usleep(UInt32.random(in: 0..<60_000))
                process.end(SIGKILL)
                let waits = try load.finishWaits()
                try expect(waits.passed + waits.refused, 500, "opens that ended in round \(round)")
                try requireInTime(waits.longest < holder.deadline + GateLab.slack, "one waited \(waits.longest)")
            }
            holder.guardMode = .allow
            let last = try await HolderProcess(holder)
            try expect(last.end(), 0, "wait status")
            try await HolderProcess.expectGuards(0)
        },
    ]
}

/// What is begun when the gate's thread is traced.
private final class Begin {
    var load: KernelLoad?
}

nonisolated private func beginOpen(_ place: UnsafeMutableRawPointer?) {
    place?.assumingMemoryBound(to: KernelLoad?.self).pointee = try? KernelLoad.start(
        .opens(GateLab.text, flags: O_RDONLY, threads: 1), output: "traced")
}

/// Fails when there is nothing.
private func require<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw Failure("\(what) is missing") }
    return value
}
