// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Files that pass unasked by an agent's word: without a round trip, and for the content that it was given for.
///
/// Whether anybody is asked shows while the daemon is stopped: what is held then waits for the guard, `patience` at least.
enum PassScenarios {
    private static let vendor = "passes"
    /// What an operation takes at most that nobody is asked about, on a busy machine; less than the guard's patience.
    private static let unheld: Int64 = 150
    private static let isBusy = -ETXTBSY

    static let all: [Scenario] = [
        Scenario("what an agent allowed for its content executes without a round trip, until it is written by any way")
        {
            lab in
            try expect(try AgentProcess.enrol(vendor, in: lab), 0, "enrol")
            let program = Lab.root + "/passing"
            try Lab.copy(Lab.tiny, to: program)
            let agent = try await AgentProcess(.passing, of: vendor, in: lab)
            defer { agent.end() }
            try expect(Lab.exec(program), 0, "exec")
            try await expectQuestions(1, about: program, agent, "after the first execution")
            try expectUnheld(lab, "exec") { try expect(Lab.exec(program), 0, "exec, unasked") }
            try expect(agent.count(of: program), 1, "questions before it was written")

            // By a mapping, which fanotify sees nothing of: with the daemon stopped, its mark is still there.
            try whileStopped(lab) {
                try write(program)
                try expect(Lab.exec(program), isBusy, "exec of what was written since, the daemon stopped")
            }
            try await untilFree { Lab.exec(program) }
            try await expectQuestions(2, about: program, agent, "after it was written through a mapping")
            try expectUnheld(lab, "exec") { try expect(Lab.exec(program), 0, "exec, unasked again") }

            // By write(2), as most do.
            let file = open(program, O_WRONLY | O_CLOEXEC)
            try expect(pwrite(file, Lab.tinyProgram, Lab.tinyProgram.count, 0), Lab.tinyProgram.count, "write")
            close(file)
            try await untilFree { Lab.exec(program) }
            try await expectQuestions(3, about: program, agent, "after it was written")

            // And when it doesn't hold any longer.
            try await Task.sleep(for: Agent.lifetime + .milliseconds(700))
            try expect(Lab.exec(program), 0, "exec after the agent's word has ended")
            try await expectQuestions(4, about: program, agent, "after its word had ended")
        },
        Scenario("another agent, and a rule that asks, each end what passes unasked") { lab in
            let agent = try await AgentProcess(.remembering, of: vendor, in: lab)
            defer { agent.end() }
            try expect(Lab.exec(Lab.tiny), 0, "exec")
            try expectUnheld(lab, "exec") { try expect(Lab.exec(Lab.tiny), 0, "exec, unasked") }
            try expect(try AgentProcess.enrol("other", in: lab), 0, "enrol")
            let other = try await AgentProcess(.remembering, of: "other", in: lab)
            try expect(Lab.exec(Lab.tiny), 0, "exec, another agent beside it")
            try await expectQuestions(1, about: Lab.tiny, other, "of the other agent")
            try expectUnheld(lab, "exec") { try expect(Lab.exec(Lab.tiny), 0, "exec, unasked by both") }
            other.end()
            let rule = Rule(
                name: "ask", operations: [.processExec], object: Make.path(Lab.root + "/nothing"), action: .ask,
                timeoutMilliseconds: 5000, onTimeout: .allow)
            try await lab.setPolicies([Make.policy("asking", rule)])
            try expect(Lab.exec(Lab.tiny), 0, "exec, a rule asks about others")
            let took = try whileStopped(lab) { AgentScenarios.milliseconds { _ = Lab.exec(Lab.tiny) } }
            try require(took > unheld, "an execution that a rule may ask about took \(took) ms: it wasn't held")
            try await lab.setPolicies([])
        },
        Scenario("what an agent allowed to be loaded is loaded without a round trip, until it is written by a mapping")
        {
            lab in
            let library = Lab.root + "/passing.so"
            try Lab.copy(Lab.library, to: library)
            let agent = try await AgentProcess(.remembering, of: vendor, in: lab, asked: "image.load")
            defer { agent.end() }
            try expect(acts_map_executable(library), 0, "map")
            try await expectQuestions(1, about: library, agent, "after the first mapping")
            try expectUnheld(lab, "map") { try expect(acts_map_executable(library), 0, "map, unasked") }
            try whileStopped(lab) {
                try write(library)
                try expect(acts_map_executable(library), isBusy, "map of what was written since, the daemon stopped")
                try expect(AgentScenarios.opened(library, O_RDONLY), 0, "reading stays possible")
            }
            try await untilFree { acts_map_executable(library) }
            try await expectQuestions(2, about: library, agent, "after it was written through a mapping")
        },
        Scenario("a program that is always written anew is asked about each time, and never refused for long") { lab in
            let program = Lab.root + "/rewritten"
            try Lab.copy(Lab.tiny, to: program)
            let agent = try await AgentProcess(.remembering, of: vendor, in: lab)
            defer { agent.end() }
            for round in 1...12 {
                try await untilFree { Lab.exec(program) }
                try await expectQuestions(round, about: program, agent, "in round \(round)")
                try write(program)
            }
        },
    ]

    /// Changes the content through a mapping: read before it is written, as that shows no time stamp in a file of memory.
    private static func write(_ path: String) throws {
        let file = open(path, O_RDWR | O_CLOEXEC)
        try require(file >= 0, "open \(path) to write: errno \(errno)")
        defer { close(file) }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard let memory = mmap(nil, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED else {
            throw Failure("map \(path): errno \(errno)")
        }
        defer { munmap(memory, page) }
        let bytes = UnsafeMutableRawBufferPointer(start: memory, count: page)
        // A byte of the ELF header's padding.
        bytes[15] = bytes[15] &+ 1
    }

    /// Tries until the daemon has noticed that the file was written.
    private static func untilFree(_ body: () -> Int32) async throws {
        for _ in 0..<200 {
            let result = body()
            if result != isBusy { return try expect(result, 0, "result") }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure("still refused with ETXTBSY after two seconds")
    }

    private static func whileStopped<Result>(_ lab: Lab, _ body: () throws -> Result) throws -> Result {
        lab.daemon.send(SIGSTOP)
        defer { lab.daemon.send(SIGCONT) }
        // Until then some of its threads may still run.
        var status: Int32 = 0
        waitpid(lab.daemon.pid, &status, WUNTRACED)
        return try body()
    }

    private static func expectUnheld(_ lab: Lab, _ what: String, _ body: () throws -> Void) throws {
        let took = try whileStopped(lab) { try AgentScenarios.milliseconds(body) }
        try requireInTime(took < unheld, "\(what) with the daemon stopped took \(took) ms: it was held")
    }

    private static func expectQuestions(
        _ count: Int, about path: String, _ agent: AgentProcess, _ when: String
    ) async throws {
        for _ in 0..<100 where agent.count(of: path) < count { try await Task.sleep(for: .milliseconds(20)) }
        try expect(agent.count(of: path), count, "questions \(when)")
    }
}

extension AgentProcess {
    /// How often it was asked about a file.
    func count(of path: String) -> Int { lines.count { $0 == "asked \(path)" } }
}
