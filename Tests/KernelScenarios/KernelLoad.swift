// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A running `kernel-load`: forks and executions as fast as the machine can make them, from a small process.
struct KernelLoad {
    enum Kind {
        /// That many forks whose children exit at once, one after another.
        case forks(Int)
        /// A file opened and closed that many times.
        case reopens(String, Int)
        /// A denied program and an allowed one in turn.
        case execs(seconds: UInt64)
        /// A denied file mapped executable, as fast as it can be refused.
        case maps(seconds: UInt64)
        /// That many threads that open a file at once.
        case opens(String, flags: Int32, threads: Int)
        /// That many processes that execute a file at once.
        case starts(String, processes: Int)
        /// One operation again and again.
        case cost(CostLoop)
    }

    /// What a load of executions came to.
    struct Executions {
        var attempts: UInt64
        /// Denied ones that ran and allowed ones that didn't.
        var wrong: UInt64
        /// The last wrong result: a wait status, or -errno.
        var lastError: Int
    }

    /// What attempts that were held came to, and how long they waited.
    struct Waits {
        var passed: Int
        /// With EPERM.
        var refused: Int
        var failed: Int
        var lastError: Int
        var shortest: Duration
        var longest: Duration
    }

    private static let program = Lab.root + "/kernel-load"

    let pid: pid_t
    private let output: String

    /// Puts the program, which is built beside this one, into the lab.
    static func prepare() throws {
        let own = CommandLine.arguments[0]
        let folder = own.lastIndex(of: "/").map { own[...$0] } ?? "./"
        try Lab.copy(folder + "kernel-load", to: program)
    }

    /// - Parameter output: the name of this load's output file.
    static func start(_ kind: Kind, output name: String) throws -> KernelLoad {
        let words =
            switch kind {
            case .forks(let count): ["forks", "\(count)"]
            case .reopens(let path, let count): ["reopens", path, "\(count)"]
            case .execs(let seconds): ["execs", Lab.deniedProgram, Lab.tiny, "\(seconds * 1000)"]
            case .maps(let seconds): ["maps", Lab.deniedLibrary, "\(seconds * 1000)"]
            case .opens(let path, let flags, let threads): ["opens", path, "\(flags)", "\(threads)"]
            case .starts(let path, let processes): ["starts", path, "\(processes)"]
            case .cost(let loop):
                ["cost", CostLoop.root, loop.word, loop.path, "\(loop.count)", "\(loop.repetitions)"]
            }
        let output = "/run/load-\(name)"
        unlink(output)
        return KernelLoad(pid: try DaemonProcess.spawn([program] + words, output: output), output: output)
    }

    /// Waits for its end; the numbers that it printed.
    func finish() throws -> [Int] {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let text = String(decoding: try Lab.read(output), as: UTF8.self)
        try expect(status, 0, "wait status of the load, which said: \(text)")
        return text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    /// Waits for the end of a load of opens or starts.
    func finishWaits() throws -> Waits {
        let numbers = try finish()
        try expect(numbers.count, 6, "numbers printed by the load")
        return Waits(
            passed: numbers[0], refused: numbers[1], failed: numbers[2], lastError: numbers[3],
            shortest: .milliseconds(numbers[4]), longest: .milliseconds(numbers[5]))
    }

    /// Waits for the end of a load of executions.
    func finishExecs() throws -> Executions {
        let numbers = try finish()
        try expect(numbers.count, 3, "numbers printed by the load")
        return Executions(attempts: UInt64(numbers[0]), wrong: UInt64(numbers[1]), lastError: numbers[2])
    }
}
