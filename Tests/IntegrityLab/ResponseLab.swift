// SPDX-License-Identifier: Apache-2.0

import Glibc
import KernelIntegrity
import LinuxSystem

/// What the kernel does of itself: the watchdog and isolation, with the process that uses them stopped or dead. In the micro-VM.
struct ResponseLab {
    private static let notes = "/run/response-lab"

    /// Runs the mode that `words` name, if it is one of these: whether it passes.
    static func run(_ words: [String]) -> Bool? {
        let lab = ResponseLab()
        do {
            switch words.first {
            case "watchdog": return try lab.watchdog()
            case "watchdog-hold": try lab.holdWatchdog(isolates: words.contains("isolates"))
            case "hog": hog()
            case "isolation": return try lab.isolation()
            case "isolation-hold": try lab.holdIsolation()
            case "panic": try KernelPanic.stop(because: "the lab asked")
            default: return nil
            }
        } catch { print("integrity-lab: \(error)") }
        return false
    }

    private func say(_ what: String, _ passes: Bool) -> Bool {
        print("\(passes ? "ok  " : "FAIL") \(what)")
        return passes
    }

    /// Another process of this program in a mode of its own.
    private func start(_ mode: String...) throws -> ChildProcess {
        let child = try ChildProcess(["/proc/self/exe"] + mode, inheriting: [])
        Clock.sleep(microseconds: 1_500_000)
        return child
    }

    private func seconds(_ lapse: Watchdog.Lapse) -> Double { Double(lapse.nanoseconds) / 1_000_000_000 }

    // MARK: The watchdog

    /// Gives signs and writes down what was recorded, until it is killed.
    func holdWatchdog(isolates: Bool) throws {
        let watchdog = Watchdog(try ResponseKernel())
        try watchdog.start(maximum: .seconds(1), isolates: isolates)
        while true {
            watchdog.beat()
            for lapse in watchdog.takeLapses() {
                let line = "\(lapse.nanoseconds)\n"
                let file = open(Self.notes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
                _ = line.withCString { Glibc.write(file, $0, strlen($0)) }
                close(file)
            }
            Clock.sleep(microseconds: 100_000)
        }
    }

    private var noted: [UInt64] {
        ((try? FileSystem.readText(Self.notes)) ?? "").split(separator: "\n").compactMap { UInt64($0) }
    }

    /// Keeps every processor from all but real-time processes for three seconds.
    private func starve() throws {
        Self.write("-1", to: "/proc/sys/kernel/sched_rt_runtime_us")
        // Since 6.8 a part of the time is the others' all the same.
        let servers = "/sys/kernel/debug/sched/fair_server"
        for processor in (try? FileSystem.list(servers)) ?? [] {
            Self.write("0", to: "\(servers)/\(processor)/runtime")
        }
        let hogs = try (0..<ProcFS.possibleProcessors()).map { _ in
            try ChildProcess(["/proc/self/exe", "hog"], inheriting: [])
        }
        for hog in hogs { _ = hog.wait() }
        Clock.sleep(microseconds: 1_500_000)
    }

    private static func hog() {
        var parameters = sched_param(sched_priority: 99)
        guard sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 else { return }
        let start = Clock.awake()
        while Clock.awake() - start < 3_000_000_000 {}
    }

    private static func write(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = text.withCString { Glibc.write(file, $0, strlen($0)) }
        close(file)
    }

    func watchdog() throws -> Bool {
        var passes = true
        let holder = try start("watchdog-hold")
        Clock.sleep(microseconds: 3_000_000)
        passes = say("nothing is recorded while it gives signs: \(noted)", noted.isEmpty) && passes
        holder.signal(SIGSTOP)
        Clock.sleep(microseconds: 3_000_000)
        holder.signal(SIGCONT)
        Clock.sleep(microseconds: 1_500_000)
        let stopped = noted.map { Double($0) / 1_000_000_000 }
        passes =
            say(
                "it was stopped for 3 s and reports it itself: \(stopped)",
                stopped.count == 1 && (2.8...4.5).contains(stopped[0]))
            && passes
        try starve()
        let starved = noted.dropFirst().map { Double($0) / 1_000_000_000 }
        passes =
            say("it was starved for 3 s and reports it itself: \(starved)", starved.count == 1 && starved[0] >= 2)
            && passes
        holder.signal(SIGKILL)
        Clock.sleep(microseconds: 3_000_000)

        let kernel = try ResponseKernel()
        let watchdog = Watchdog(kernel)
        passes = say("the next process finds it", kernel.isAdopted) && passes
        passes = say("the kernel goes on looking", watchdog.isRunning) && passes
        try watchdog.start(maximum: .seconds(1))
        Clock.sleep(microseconds: 600_000)
        let lapses = watchdog.takeLapses()
        passes =
            say(
                "what was while nobody was there is recorded: \(lapses.map(\.summary))",
                lapses.count == 1 && (2.8...5).contains(seconds(lapses[0]))) && passes
        try watchdog.stop()
        let recorded = watchdog.lapses
        Clock.sleep(microseconds: 2_500_000)
        passes =
            say("when it is stopped nothing is recorded", watchdog.lapses == recorded && !watchdog.isRunning) && passes

        // The kernel's own response, without any process.
        let other = try start("watchdog-hold", "isolates")
        passes = say("executions are possible", runs("/bin/true")) && passes
        other.signal(SIGKILL)
        Clock.sleep(microseconds: 2_500_000)
        passes = say("a lapse has switched isolation on: \(Isolation(kernel).state)", !runs("/bin/true")) && passes
        try Isolation(kernel).release()
        passes = say("it is lifted", runs("/bin/true")) && passes

        try watchdog.start(maximum: .seconds(1))
        kernel.seal()
        do throws(ResponseFailure) {
            try watchdog.stop()
            passes = say("sealed, it isn't stopped", false)
        } catch { passes = say("sealed, it isn't stopped: \(error)", true) && passes }
        Clock.sleep(microseconds: 2_000_000)
        passes = say("and goes on", watchdog.isRunning && watchdog.lapses == recorded + 2) && passes
        print("watchdog: \(passes ? "PASS" : "FAIL")")
        return passes
    }

    // MARK: Isolation

    /// Whether a program can be executed.
    private func runs(_ path: String) -> Bool {
        do throws(Errno) {
            return try ChildProcess([path], inheriting: []).wait() == .ended(0)
        } catch {
            if error.code != EPERM { print("  \(path): \(error)") }
            return false
        }
    }

    /// Switches isolation on and waits to be killed.
    func holdIsolation() throws {
        let isolation = Isolation(try ResponseKernel())
        try isolation.setAllowed(["/bin/true", "/run/allowed-script"])
        try isolation.isolate(because: "the lab asked")
        while true { pause() }
    }

    func isolation() throws -> Bool {
        var passes = true
        for name in ["allowed", "other"] {
            let path = "/run/\(name)-script"
            try FileSystem.writeDurably(Array("#!/bin/sh\nexit 0\n".utf8), to: path, mode: 0o755)
            chmod(path, 0o755)
        }
        passes =
            say(
                "executions are possible", runs("/bin/false") == false && runs("/bin/true") && runs("/run/other-script")
            )
            && passes
        let holder = try start("isolation-hold")
        for round in ["while its process lives", "when its process is dead"] {
            passes = say("what is allowed is executed \(round)", runs("/bin/true")) && passes
            passes =
                say("what isn't allowed is refused \(round)", isRefused("/usr/bin/id") && isRefused("/bin/sh"))
                && passes
            passes =
                say(
                    "a script that is allowed is run, another isn't \(round)",
                    runs("/run/allowed-script") && isRefused("/run/other-script"))
                && passes
            holder.signal(SIGKILL)
            Clock.sleep(microseconds: 300_000)
        }
        let kernel = try ResponseKernel()
        let isolation = Isolation(kernel)
        var state = false
        if case .on(_, let reason) = isolation.state { state = reason == "the lab asked" }
        passes = say("the next process finds it, and why: \(isolation.state)", kernel.isAdopted && state) && passes
        let refused = try isolation.openRefusals().take(timeout: 200)
        passes =
            say(
                "refusals are reported: \(refused.map(\.path)), \(isolation.refused.count) counted",
                refused.count == Int(isolation.refused.count) && refused.contains { $0.path == "/usr/bin/id" })
            && passes
        let missing = try isolation.setAllowed(["/usr/bin/id", "/nowhere"])
        passes =
            say(
                "the list can be set meanwhile: missing \(missing)",
                missing == ["/nowhere"] && runs("/usr/bin/id") && isRefused("/bin/true"))
            && passes
        try isolation.release()
        passes = say("it is lifted", runs("/bin/true") && runs("/run/other-script")) && passes
        try isolation.isolate(because: "again")
        kernel.seal()
        do throws(ResponseFailure) {
            try isolation.release()
            passes = say("sealed, it isn't lifted", false)
        } catch { passes = say("sealed, it isn't lifted: \(error)", isRefused("/bin/true")) && passes }
        print("isolation: \(passes ? "PASS" : "FAIL")")
        return passes
    }

    private func isRefused(_ path: String) -> Bool {
        do throws(Errno) {
            _ = try ChildProcess([path], inheriting: []).wait()
            return false
        } catch { return error.code == EPERM }
    }
}
