// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// The agents to start from, in Examples/.
enum ExampleScenarios {
    /// What EICAR's rule looks for; in pieces, so that scanners that look at this file needn't find it.
    static let eicar = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"]
    static let rules = "Examples/YaraGate/rules"
    static let python = ".cache/python/bin/python3"

    static let all: [Scenario] = [
        Scenario("YARA: an executable that a rule matches is refused by its name, and what is clean runs") { lab in
            let agent = try await yaraGate(lab)
            defer { agent.end() }
            let script = Lab.root + "/eicar.sh"
            try Lab.write("#!/bin/sh\n# \(eicar.joined())\n", to: script)
            let program = Lab.root + "/eicar"
            try Lab.write(Lab.tinyProgram + Array(eicar.joined().utf8), to: program, mode: 0o755)
            for path in [script, program] {
                lab.forgetEvents()
                try expect(Lab.exec(path), AgentScenarios.refused, "exec of \(path)")
                let event = try await lab.expectDenial(.processExec, of: path)
                try expect(event.decision.vendor.hasPrefix("dev."), true, "vendor: \(event.decision.vendor)")
                try expect(event.decision.cause, "answered", "cause")
                try expect(event.decision.reason, "yara: eicar_test_string", "reason")
            }
            let clean = Lab.root + "/clean"
            try Lab.copy("/bin/true", to: clean)
            try expect(Lab.exec(clean), 0, "exec of a copy of /bin/true")
            // A program is executed, and then it is mapped as an image: the answers stand apart.
            try expect(scans(of: clean, agent), ["clean process.exec", "clean image.load"], "scans of it")
            try expect(Lab.exec(clean), 0, "the second exec")
            try expect(Lab.exec(program), AgentScenarios.refused, "the second exec of what is refused")
            try await Task.sleep(for: .milliseconds(300))
            try expect(scans(of: clean, agent).count, 2, "scans of what was executed twice")
            try expect(scans(of: program, agent).count, 1, "scans of what was refused twice")
        },
        Scenario("YARA: a file that was clean is scanned again when it was written") { lab in
            let agent = try await yaraGate(lab)
            defer { agent.end() }
            let path = Lab.root + "/grows"
            try Lab.write(Lab.tinyProgram, to: path, mode: 0o755)
            try expect(Lab.exec(path), 0, "exec before")
            try Lab.write(Lab.tinyProgram + Array(eicar.joined().utf8), to: path, mode: 0o755)
            try expect(Lab.exec(path), AgentScenarios.refused, "exec afterwards")
            let expected = ["clean process.exec", "clean image.load", "refused eicar_test_string process.exec"]
            try expect(scans(of: path, agent), expected, "scans of it")
        },
        Scenario("YARA: a library that a rule matches isn't loaded") { lab in
            let agent = try await yaraGate(lab)
            defer { agent.end() }
            let path = Lab.root + "/hides.so"
            // What such a library can't do without, behind one that is as good as any.
            let names = Array("/etc/ld.so.preload\0dlsym\0readdir64\0".utf8)
            try Lab.write(try Lab.read(Lab.library) + names, to: path, mode: 0o755)
            try expect(acts_map_executable(path), AgentScenarios.refused, "map it")
            let event = try await lab.expectDenial(.imageLoad, of: path)
            try expect(event.decision.reason, "yara: hides_by_preloading", "reason")
            try expect(acts_map_executable(Lab.library), 0, "map the library it was made of")
            let preloading = Lab.root + "/preloaded"
            let shell = ["/bin/sh", "-c", "LD_PRELOAD=\(path) \(Lab.dynamicProgram) 2>\(preloading)"]
            try expect(Lab.exec(shell[0], Array(shell.dropFirst())), 0, "exec with it preloaded")
            let said = String(decoding: try Lab.read(preloading), as: UTF8.self)
            try require(said.contains("\(path)' from LD_PRELOAD cannot be preloaded"), "the loader said: \(said)")
        },
        Scenario("YARA: what is too large to be scanned in time runs, which is said and asked again") { lab in
            let agent = try await yaraGate(lab)
            defer { agent.end() }
            let path = Lab.root + "/large"
            try Lab.write(Lab.tinyProgram, to: path, mode: 0o755)
            try expect(truncate(path, 64 << 20 + 1), 0, "make it large")
            for _ in 0..<2 { try expect(Lab.exec(path), 0, "exec") }
            let once = ["process.exec", "image.load"].map { "unscanned (larger than 67108864 bytes) \($0)" }
            try expect(scans(of: path, agent), once + once, "what it said")
            unlink(path)
        },
        Scenario("YARA: mistakes in rules are told by file and line, with status 2") { lab in
            let file = Lab.root + "/wrong.yar"
            try Lab.write("rule one { condition: true }\nrule two { condition: wrong }\n", to: file)
            let output = Lab.root + "/wrong.out"
            try expect(
                try DaemonProcess.runToEnd([DevelopmentAgent.program("yara-gate"), file], output: output), 2, "status")
            let said = String(decoding: try Lab.read(output), as: UTF8.self)
            try expect(said, "\(file):2: undefined identifier \"wrong\"\n", "what it said")
        },
        // The imports of grpcio take most of it: half a minute, several times that on a busy machine.
        Scenario("Python: an agent by grpcio tells executions, and its answer refuses one", limit: 300) { lab in
            try await logger("python", [try pythonProgram(), "Examples/Python/exec_logger.py"], lab, within: 240)
        },
        Scenario("Swift: the agent that is 20 lines tells executions, and its answer refuses one") { lab in
            try await logger("exec-logger", [DevelopmentAgent.program("exec-logger")], lab)
        },
    ]

    /// Both loggers do the same, which is seen the same way.
    private static func logger(
        _ name: String, _ command: [String], _ lab: Lab, within seconds: Int = 60
    ) async throws {
        let folder = try Lab.folder("refused")
        let program = folder + "/program"
        try Lab.copy(Lab.tiny, to: program)
        let agent = try await DevelopmentAgent(name, command + [folder], in: lab, within: seconds)
        defer { agent.end() }
        try expect(agent.lines[0].hasSuffix(" on tier enforce"), true, "what it began with: \(agent.lines)")
        // It may be asked before its events are in force.
        for _ in 0..<100 where !agent.lines.contains(where: { $0.hasPrefix("allow ") && $0.hasSuffix(" \(Lab.tiny)") })
        {
            try expect(Lab.exec(Lab.tiny), 0, "exec elsewhere")
            try await Task.sleep(for: .milliseconds(200))
        }
        try await agent.expectLine("allow … \(Lab.tiny)") { $0.hasPrefix("allow ") && $0.hasSuffix(" \(Lab.tiny)") }
        try expect(Lab.exec(program), AgentScenarios.refused, "exec in the refused directory")
        let event = try await lab.expectDenial(.processExec, of: program)
        try expect(event.decision.vendor.hasPrefix("dev."), true, "vendor: \(event.decision.vendor)")
        try expect(event.decision.cause, "answered", "cause")
        try expect(event.decision.reason, "refused/", "reason")
        let pid = event.subject.identity.pid
        try await agent.expectLine("deny \(pid) \(program)") { $0 == "deny \(pid) \(program)" }
        try expect(agent.text.contains("Traceback"), false, "what went wrong: \(agent.text)")
    }

    private static func yaraGate(_ lab: Lab) async throws -> DevelopmentAgent {
        try await DevelopmentAgent("yara-gate", [DevelopmentAgent.program("yara-gate"), rules], in: lab)
    }

    /// What the scanner said of a file, by its own account, in order.
    private static func scans(of path: String, _ agent: DevelopmentAgent) -> [String] {
        agent.lines.filter { $0.hasSuffix(" \(path)") }.map { String($0.dropLast(path.utf8.count + 1)) }
    }

    private static func pythonProgram() throws -> String {
        try require(
            access(python, X_OK) == 0,
            "there is no \(python), with grpcio and the API's messages: run scripts/dependencies python")
        return python
    }
}
