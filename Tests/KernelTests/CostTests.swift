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

    private static let loops = [
        "exec_small", "exec_dynamic", "open_close", "mmap_library", "mprotect", "mprotect_executable", "ptrace_attach",
        "kill",
    ]
}
