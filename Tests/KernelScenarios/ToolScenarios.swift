// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// The command's tools about policies, asked of a platform that runs.
enum ToolScenarios {
    private static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("policy explain tells of a recorded denial which rule it was, as the kernel decided") { lab in
            try await lab.setPolicies([Make.denyTree])
            let recorded = "/run/recorded.jsonl"
            unlink(recorded)
            let watching = try DaemonProcess.spawn(
                command(lab, ["watch", "--denied", "--count", "1", "--output", "json"]), output: recorded)
            // Until the watch has seen one.
            for _ in 0..<100 {
                try expect(Lab.exec(Lab.deniedProgram), refused, "an execution in the denied tree")
                if waitpid(watching, nil, WNOHANG) == watching { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            guard let sequence = number("\"sequence\":", in: try text(recorded)) else {
                throw Failure("no sequence number in: \(try text(recorded))")
            }
            let (status, explanation) = try run(
                lab, ["policy", "explain", "--event", "\(sequence)", "--events", recorded])
            try expect(status, 1, "the status for a denial, of what said: \(explanation)")
            try require(
                explanation.contains("deny-tree") && explanation.contains("denied"), "it names the rule: \(explanation)"
            )
            let (allowed, other) = try run(
                lab, ["policy", "explain", "--operation", "process.exec", "--exe", "/bin/sh", "--path", Lab.tiny])
            try expect(allowed, 0, "the status for what is allowed, of what said: \(other)")
        },
        Scenario("policy diff tells what applying a file would change of what is in force") { lab in
            try await lab.setPolicies([Make.denyTree])
            let file = "/run/diff.yaml"
            try Lab.write(denyTree(mode: "enforce"), to: file, mode: 0o644)
            let (same, nothing) = try run(lab, ["policy", "diff", file])
            try expect(same, 0, "the status for the policy in force, of what said: \(nothing)")
            try Lab.write(denyTree(mode: "audit"), to: file, mode: 0o644)
            let (status, difference) = try run(lab, ["policy", "diff", file])
            try expect(status, 1, "the status for changes, of what said: \(difference)")
            try require(
                difference.contains("process.exec") && difference.contains("deny-tree"), "it names them: \(difference)")
            try expect(Lab.exec(Lab.deniedProgram), refused, "nothing has changed")
        },
        Scenario(
            "policy learn proposes what was seen, leaves nothing behind, and its proposal can be applied", proposalHolds
        ),
    ]

    @Sendable private static func proposalHolds(_ lab: Lab) async throws {
        try await lab.setPolicies([])
        let folder = try Lab.folder("learned")
        let (program, other) = (folder + "/program", folder + "/other")
        for path in [program, other] { try Lab.copy(Lab.tiny, to: path) }
        let proposal = "/run/learned.yaml"
        try await learn(lab, program, into: proposal)
        try expect(try await lab.client.policies().count, 0, "policies that it leaves behind")
        // What it says to people comes before it.
        let yaml = try text(proposal).split(separator: "\n", omittingEmptySubsequences: false)
            .drop { !$0.hasPrefix("#") && !$0.hasPrefix("apiVersion") }.joined(separator: "\n")
        try Lab.write(yaml, to: proposal, mode: 0o644)
        let (status, answer) = try run(lab, ["policy", "apply", proposal])
        try expect(status, 0, "the status of applying it, which said: \(answer), of: \(yaml)")
        try expect(Lab.exec(program), 0, "what was seen")
        try expect(Lab.exec(other), refused, "what wasn't")
    }

    private static func learn(_ lab: Lab, _ program: String, into proposal: String) async throws {
        unlink(proposal)
        let words = [
            "policy", "learn", "--name", "learned", "--on", "process.exec", "--subject-exe", Lab.own, "--mode",
            "enforce",
        ]
        let learning = try DaemonProcess.spawn(command(lab, words), output: proposal)
        let client = try lab.client
        for _ in 0..<100 {
            if try await client.policies().contains(where: { $0.policy.name == "learned-learning" }) { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        try await Task.sleep(for: .milliseconds(300))
        for _ in 0..<3 { try expect(Lab.exec(program), 0, "what is learned") }
        try await Task.sleep(for: .milliseconds(700))
        kill(learning, SIGINT)
        try expect(Target.wait(for: learning), 0, "wait status of the command, which said: \(try text(proposal))")
    }

    private static func denyTree(mode: String) -> String {
        """
        apiVersion: sallyport.dev/v1
        kind: Policy
        metadata: {name: deny-tree}
        spec:
          mode: \(mode)
          rules:
            - name: denied
              on: [process.exec, image.load]
              object: {path: '\(Lab.denied)/**'}
              action: deny

        """
    }

    private static func command(_ lab: Lab, _ words: [String]) -> [String] {
        [lab.daemon.cli] + words + ["--socket", lab.daemon.socketPath]
    }

    /// Runs the command to its end: its status and all that it says.
    private static func run(_ lab: Lab, _ words: [String]) throws -> (status: Int32, text: String) {
        let output = "/run/tool-output"
        unlink(output)
        let status = try DaemonProcess.runToEnd(command(lab, words), output: output)
        return (status, try text(output))
    }

    private static func text(_ path: String) throws -> String { String(decoding: try Lab.read(path), as: UTF8.self) }

    private static func number(_ key: String, in text: String) -> UInt64? {
        guard let found = text.firstRange(of: key) else { return nil }
        return UInt64(text[found.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
    }
}
