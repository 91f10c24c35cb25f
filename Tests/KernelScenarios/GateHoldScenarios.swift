// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import Gate
import Glibc
import LinuxSystem

/// Operations that are held for an answer: who is asked what, and that nobody waits longer than was said.
enum GateHoldScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("what is held is asked for, with what it is opened for, and the answer counts") { _ in
            for behaviour in [Holder.Behaviour.allow, .deny] {
                var holder = Holder()
                holder.behaviour = behaviour
                let process = try await HolderProcess(holder)
                let result = behaviour == .allow ? 0 : refused
                try expect(Lab.exec(GateLab.program), result, "exec")
                try expect(GateLab.open(GateLab.text), result, "open to read")
                try expect(GateLab.open(GateLab.text, O_WRONLY), result, "open to write")
                try expect(GateLab.open(GateLab.text, O_RDWR), result, "open for both")
                try expect(acts_open2(GateLab.text), result, "openat2")
                try expect(process.end(), 0, "wait status")
                for line in [
                    "asked process.exec  \(GateLab.program)", "asked file.open read \(GateLab.text)",
                    "asked file.open write \(GateLab.text)", "asked file.open read+write \(GateLab.text)",
                ] {
                    try require(process.lines.contains(line), "no '\(line)' in \(process.lines)")
                }
                try expect(process.count("asked file.open read+write"), 2, "questions for both, openat2's among them")
            }
        },
        Scenario("opens to write can be held without those to read, and an execution is no open") { _ in
            var holder = Holder()
            holder.behaviour = .deny
            holder.operations = .openForWriting
            let process = try await HolderProcess(holder)
            try expect(GateLab.open(GateLab.text), 0, "open to read")
            try expect(Lab.exec(GateLab.program), 0, "exec")
            try expect(GateLab.open(GateLab.text, O_WRONLY), refused, "open to write")
            try expect(process.end(), 0, "wait status")
            try expect(process.count("asked"), 1, "questions")
        },
        Scenario("images are told by their first bytes; other files of root's pass unasked until they are written") {
            _ in
            var holder = Holder()
            holder.behaviour = .deny
            holder.operations = .imageLoad
            let process = try await HolderProcess(holder)
            try expect(GateLab.open(GateLab.library), refused, "open of a library")
            for path in [GateLab.text, GateLab.shared] { try expect(GateLab.open(path), 0, "open of \(path)") }
            // Written, each is a library; the second could be so through a mapping, too, so it was never remembered.
            for path in [GateLab.text, GateLab.shared] {
                let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
                try require(descriptor >= 0, "open \(path) to write: errno \(errno)")
                try expect(write(descriptor, Lab.tinyProgram, Lab.tinyProgram.count), Lab.tinyProgram.count, "write")
                close(descriptor)
                try expect(GateLab.open(path), refused, "open of \(path), which is a library now")
            }
            try expect(process.end(), 0, "wait status")
            try expect(process.counters["remembered"], 1, "files that were remembered")
            for path in [GateLab.text, GateLab.shared] { try Lab.write("some words", to: path, mode: 0o644) }
        },
        Scenario("a remembered file is asked for once, until it is written; another's never is") { _ in
            var holder = Holder()
            holder.behaviour = .remember
            holder.operations = .openForReading
            let process = try await HolderProcess(holder)
            for _ in 0..<5 { try expect(GateLab.open(GateLab.text), 0, "open") }
            try expect(process.count("asked"), 1, "questions")
            try Lab.write("other words", to: GateLab.text, mode: 0o644)
            for _ in 0..<5 { try expect(GateLab.open(GateLab.text), 0, "open") }
            try expect(process.count("asked"), 2, "questions after it was written")
            for _ in 0..<5 { try expect(GateLab.open(GateLab.shared), 0, "open") }
            try expect(process.count("asked"), 7, "questions with those on what others may write")
            try expect(process.end(), 0, "wait status")
        },
        Scenario("an agent that opens files, writes its log and starts programs while it is asked gets through") { _ in
            var holder = Holder()
            holder.behaviour = .agent
            holder.deadline = .seconds(20)
            let process = try await HolderProcess(holder)
            let took = try GateLab.time {
                for _ in 0..<3 { try expect(GateLab.open(GateLab.text), 0, "open") }
            }
            try requireInTime(took < .seconds(5), "three opens took \(took)")
            try expect(process.end(), 0, "wait status")
            try expect(process.count("expired"), 0, "questions that expired")
        },
        Scenario("an authoriser that always times out: the declared fallback, when it was said") { _ in
            for allows in [true, false] {
                var holder = Holder()
                holder.allowsAtDeadline = allows
                let process = try await HolderProcess(holder)
                for _ in 0..<3 {
                    let took = try GateLab.time {
                        try expect(GateLab.open(GateLab.text), allows ? 0 : refused, "open")
                    }
                    try require(took >= holder.deadline, "it waited \(took) only")
                    try requireInTime(took < holder.deadline + .milliseconds(50) + GateLab.slack, "it waited \(took)")
                }
                try await Task.sleep(for: .milliseconds(200))
                try expect(process.count("expired \(allows ? "allow" : "deny")"), 3, "the owner is told of each")
                try expect(process.end(), 0, "wait status")
            }
        },
        Scenario("an owner that is held up holds nobody else up: the guard answers") { _ in
            var holder = Holder()
            holder.behaviour = .stuck
            holder.guardMode = .deny
            holder.deadline = .milliseconds(800)
            let process = try await HolderProcess(holder)
            let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 20), output: "stuck")
            let waits = try load.finishWaits()
            say("    \(waits)")
            try expect(waits.passed + waits.refused, 20, "opens that ended")
            try requireInTime(
                waits.longest < holder.deadline + .milliseconds(50) + GateLab.slack, "one waited \(waits.longest)")
            try expect(process.end(), 0, "wait status")
        },
        Scenario("a file under a lease holds up its opener, not the gate") { _ in
            let lease = acts_hold_lease(GateLab.shared)
            try require(lease > 0, "lease: \(lease)")
            defer {
                kill(lease, SIGKILL)
                waitpid(lease, nil, 0)
            }
            var holder = Holder()
            holder.behaviour = .allow
            let process = try await HolderProcess(holder)
            let took = try GateLab.time {
                try expect(GateLab.open(GateLab.shared), refused, "open of what is leased")
                try expect(GateLab.open(GateLab.text), 0, "open of another file")
            }
            try requireInTime(took < GateLab.slack, "they took \(took)")
            try expect(process.end(), 0, "wait status")
            try expect(process.count("refused"), 1, "the owner is told")
        },
        Scenario("64 executions at once with an authoriser that never answers") { _ in
            var holder = Holder()
            holder.deadline = .seconds(1)
            func starts() throws -> KernelLoad.Waits {
                try KernelLoad.start(.starts(GateLab.program, processes: 64), output: "starts").finishWaits()
            }
            // 64 processes on two processors take a while, held or not.
            let free = try starts()
            let process = try await HolderProcess(holder)
            let waits = try starts()
            say("    \(waits), free: \(free)")
            try expect(waits.passed, 64, "executions that went on")
            let limit = holder.deadline + .milliseconds(50) + free.longest * 2 + .seconds(1)
            try requireInTime(waits.longest < limit, "one waited \(waits.longest)")
            try expect(process.end(), 0, "wait status")
            let delay = Duration.nanoseconds(process.counters["longestDelay"] ?? .max)
            try requireInTime(delay < .milliseconds(50) + GateLab.slack, "an answer came \(delay) after the deadline")
            try expect(process.count("asked process.exec"), 64, "questions")
        },
        Scenario("the machine can be logged into while an authoriser of all executions always times out") { _ in
            var holder = Holder()
            holder.operations = .execution
            holder.place = "/"
            holder.scope = .fileSystem
            holder.deadline = .milliseconds(300)
            let process = try await HolderProcess(holder)
            let took = try GateLab.time {
                try expect(Lab.exec("/bin/su", ["-s", "/bin/sh", "root", "-c", "/bin/true && exit 7"]), 7 << 8, "su")
            }
            let questions = process.count("asked")
            say("    \(took) for \(questions) executions")
            try require(questions >= 3, "\(questions) questions")
            let longest = (holder.deadline + .milliseconds(50) + GateLab.slack) * questions + .seconds(2)
            try requireInTime(took < longest, "it took \(took)")
            try expect(process.end(), 0, "wait status")
        },
    ]

    /// Last: it keeps the machine busy for a while.
    static let flood: [Scenario] = [
        Scenario("10,000 questions in flight: each has its fallback in time") { _ in
            var holder = Holder()
            holder.deadline = .seconds(30)
            holder.allowsAtDeadline = false
            holder.isQuiet = true
            // 10,000 threads leave it without a processor for longer than is usual.
            holder.patience = .seconds(10)
            // 10,000 threads that are woken at once on two emulated processors take a while to run.
            alarm(400)
            let process = try await HolderProcess(holder)
            let load = try KernelLoad.start(.opens(GateLab.text, flags: O_RDONLY, threads: 10_000), output: "flight")
            let waits = try load.finishWaits()
            say("    \(waits)")
            try expect(waits.refused, 10_000, "opens that were refused at the deadline")
            try expect(process.end(), 0, "wait status")
            let counters = process.counters
            say("    \(counters)")
            try expect(counters["expiredDenied"], 10_000, "questions that expired")
            try expect(counters["ledgerFull"], 0, "questions that found no room")
            // What the gate can promise: when the answer was given. Then 10,000 threads have to run.
            let delay = Duration.nanoseconds(counters["longestDelay"] ?? .max)
            try requireInTime(delay < .milliseconds(50) + .seconds(3), "an answer came \(delay) after the deadline")
        }
    ]
}
