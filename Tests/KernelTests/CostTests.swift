// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ScenarioTests {
    /// The goals for what operations cost, in instructions, on the kernel of the middle. docs/COST.md has all figures.
    @Test("rules cost nothing where they aren't, and no more when there are 4,096 of them than when there are ten")
    func cost() throws {
        let outcome = try MicroVM.scenarios("cost", kernel: "6.12", options: ["--icount"])
        print("cost:\n\(outcome.output)")
        try #require(outcome.status == 0, "\(outcome.output)")
        let figures = try MicroVM.json(in: outcome.output).compactMapValues { $0 as? [String: Double] }
        func cost(_ configuration: String, _ loop: String, _ figure: String) throws -> Double {
            try #require(figures["\(configuration).\(loop)"]?[figure], "no \(figure) of \(loop), \(configuration)")
        }
        for loop in Self.loops {
            let ten = try cost("rules_10", loop, "median")
            for rules in ["rules_1000", "rules_4096"] {
                let ratio = try cost(rules, loop, "median") / ten
                #expect(ratio <= 1.10, "\(loop), \(rules)")
            }
        }
        // The daemon's turns come when they come: the least is what the operation itself costs.
        for loop in ["exec_small", "exec_dynamic"] {
            let ten = try cost("rules_10_daemon_running", loop, "least")
            let ratio = try cost("rules_4096_daemon_running", loop, "least") / ten
            #expect(ratio <= 1.10, "\(loop), with the daemon running")
        }
        for loop in ["open_close", "mprotect", "mprotect_executable", "kill"] {
            for configuration in ["no_policy", "other_rules"] {
                let ratio = try cost(configuration, loop, "median") / cost("bare", loop, "median")
                #expect(ratio <= 1.03, "\(loop), \(configuration)")
            }
        }
    }

    @Test(
        "where no rule concerns the subject a decision takes three look-ups at most",
        arguments: MicroVM.kernelsForFigures)
    func fastPaths(kernel: String) throws {
        let outcome = try MicroVM.scenarios("fast-paths", kernel: kernel, options: ["--icount"])
        try #require(outcome.status == 0, "\(outcome.output)")
        let found = try MicroVM.json(in: outcome.output).compactMapValues { $0 as? [String: Double] }
        print("fast paths on \(kernel): \(found.sorted { $0.key < $1.key })")
        let recorded = try #require(try Self.recordedFastPaths()[kernel], "fast-paths.json has no kernel \(kernel)")
        #expect(Set(found.keys) == Set(recorded.keys), "fast-paths.json lists every program")
        for (program, limits) in recorded {
            let figures = try #require(found[program])
            // A hook may tell two operations apart, and asks about each.
            let questions = try #require(figures["questions"])
            #expect(try #require(figures["lookups"]) <= 3 * questions, "\(program) on \(kernel)")
            for figure in ["questions", "lookups", "changes"] {
                #expect(figures[figure] == limits[figure], "\(figure) of \(program) on \(kernel)")
            }
            for figure in ["bpf_instructions", "instructions"] {
                let limit = limits[figure].map { $0 * 1.1 }
                #expect(figures[figure] ?? 0 <= limit ?? 0, "\(figure) of \(program) on \(kernel)")
            }
        }
    }

    @Test("docs/COST.md has the recorded figures of every program")
    func fastPathTable() throws {
        let text = try String(contentsOfFile: MicroVM.root + "/docs/COST.md", encoding: .utf8)
        let recorded = try Self.recordedFastPaths()
        let kernels = ["6.1", "6.12", "latest"].compactMap { recorded[$0] }
        for program in Set(kernels.flatMap(\.keys)) {
            let figures = kernels.map { $0[program] }
            let any = try #require(figures.compactMap { $0 }.last)
            func cell(_ figure: String) -> String {
                figures.map { $0?[figure].map { "\(Int($0.rounded()))" } ?? "–" }.joined(separator: " / ")
            }
            let row =
                "| `\(program)` | \(Int(any["questions"]!)) | \(Int(any["lookups"]!)) | \(Int(any["changes"]!)) | "
                + "\(cell("bpf_instructions")) | \(cell("instructions")) |"
            #expect(text.contains(row), "a row of docs/COST.md: \(row)")
        }
    }

    @Test("of a build's operations under the server's policies nine in ten are decided without a walk")
    func workload() throws {
        let outcome = try MicroVM.scenarios("workload", kernel: "6.12")
        print("workload:\n\(outcome.output)")
        try #require(outcome.status == 0, "\(outcome.output)")
        let server = try #require(try MicroVM.json(in: outcome.output)["server"] as? [String: Any])
        #expect(try #require(server["without_walk"] as? Double) >= 0.9)
    }

    private static func recordedFastPaths() throws -> [String: [String: [String: Double]]] {
        let file = URL(filePath: MicroVM.root + "/Tests/KernelTests/fast-paths.json")
        return try JSONDecoder().decode([String: [String: [String: Double]]].self, from: Data(contentsOf: file))
    }

    private static let loops = [
        "exec_small", "exec_dynamic", "open_close", "mmap_library", "mprotect", "mprotect_executable", "ptrace_attach",
        "kill",
    ]
}
