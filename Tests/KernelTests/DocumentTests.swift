// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What a stranger is told to do works: every command of the README, and the tour.
@Suite(.serialized)
struct DocumentTests {
    @Test("the guided tour does what it says")
    func tour() throws {
        let outcome = try MicroVM.run(["scripts/run"])
        print("tour:\n\(outcome.output)")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("Every step did what it says."))
        #expect(!outcome.output.contains("FAIL"))
        // The README's picture is the tour's own output; times and process numbers differ.
        func masked(_ line: Substring) -> String {
            String(line.replacing(/[0-9]+/, with: "0").replacing(/[ ]+/, with: " "))
        }
        let seen = Set(outcome.output.split(separator: "\n").map(masked))
        let picture = try #require(try Self.readme().firstMatch(of: /tour:begin -->\n```text\n([^`]+)```/)).1
        for line in picture.split(separator: "\n") {
            #expect(seen.contains(masked(line)), "the README shows what the tour doesn't print: \(line)")
        }
    }

    @Test("on a terminal there is a shell in which one sees what is stopped")
    func shell() throws {
        // `script` gives it a terminal. The first return answers the question that a machine with tier enforce is asked: no.
        let outcome = try MicroVM.run([
            "bash", "-c",
            """
            coproc T { exec script -qefc scripts/run /dev/null 2>&1; }
            type() { printf '%s\\r' "$1" >&"${T[1]}"; }
            # The event may come before what the shell says of it: what was seen before counts.
            seen=''
            expect() {
                local character
                [[ $seen != *"$1"* ]] || return 0
                while IFS= read -r -t 60 -N 1 character <&"${T[0]}"; do
                    printf '%s' "$character"
                    seen+=$character
                    [[ $seen != *"$1"* ]] || return 0
                done
                echo "not seen: $1"
                exit 1
            }
            pid=$T_PID
            type ''
            expect 'sallyport:'
            type 'cp /bin/true /tmp/ && /tmp/true'
            expect 'Operation not permitted'
            type '# the event'
            expect 'DENY'
            type 'exit'
            wait "$pid"
            """,
        ])
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test(
        "the agents to start from conform",
        arguments: [
            [".build/release/exec-logger", "/tmp/refused"],
            [".build/release/yara-gate", "Examples/YaraGate/rules"],
            [".cache/python/bin/python3", "Examples/Python/exec_logger.py", "/tmp/refused"],
        ])
    func conformance(agent: [String]) throws {
        let outcome = try MicroVM.run([".build/release/sallyport", "conformance", "--"] + agent)
        print("conformance:\n\(outcome.output)")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("pass  reconnects"))
    }

    @Test("the smallest agent, which tells of events and answers questions, has 20 lines at most")
    func smallestAgent() throws {
        let source = try String(contentsOfFile: MicroVM.root + "/Examples/ExecLogger/main.swift", encoding: .utf8)
        let lines = source.split(separator: "\n").filter { line in
            !line.drop { $0 == " " }.hasPrefix("//") && !line.allSatisfy(\.isWhitespace)
        }
        #expect((1...20).contains(lines.count), "\(lines.count) lines that are neither empty nor a comment")
    }

    @Test("an agent without credentials says what is missing, in one line")
    func missingCredentials() throws {
        let outcome = try MicroVM.run(["env", "-u", "SALLYPORT_CREDENTIALS", ".build/release/exec-logger"])
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("exec-logger: ") && outcome.output.contains("SALLYPORT_CREDENTIALS"))
        #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    }

    @Test("the library's documentation is made without a warning, and its tutorial shows the code that is compiled")
    func documentation() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "documentation-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try MicroVM.run(["scripts/documentation", folder.path])
        try #require(outcome.status == 0, "\(outcome.output)")
        let tutorial = try String(
            contentsOf: folder.appending(path: "data/tutorials/sallyport/firstagent.json"), encoding: .utf8)
        for name in ["Connect", "Watch", "Answer", "Agent"] {
            let source = try String(
                contentsOfFile: MicroVM.root + "/Examples/Tutorial/\(name).swift", encoding: .utf8)
            let line = try #require(source.split(separator: "\n").first { $0.contains("func ") })
            #expect(tutorial.contains(line.trimmingCharacters(in: .whitespaces)), "\(name).swift isn't in it")
        }
    }

    @Test("the README's commands for this machine work")
    func hostCommands() throws {
        let script = try #require(try Self.block("# readme:host"))
        let outcome = try MicroVM.run(["bash", "-euo", "pipefail", "-c", script])
        #expect(outcome.status == 0, "\(script)\n\(outcome.output)")
    }

    @Test("the README's next ten minutes work in the micro-VM")
    func nextTenMinutes() throws {
        let script = try #require(try Self.block("# readme:vm"))
        // As scripts/lib/platform-shell brings a person there: the platform is up with the default policy.
        let whole = ". scripts/lib/platform-up\ntrap platform_down EXIT\nplatform_up\ncd /run\n" + script
        let outcome = try MicroVM.run(
            [
                "scripts/vm", "--kernel", "6.12", "--cpus", "2", "--timeout", "300", "--", "bash", "-euo", "pipefail",
                "-c", whole,
            ])
        print("next ten minutes:\n\(outcome.output)")
        #expect(outcome.status == 0, "\(script)\n\(outcome.output)")
    }

    @Test("every fenced shell block of the README is one that a test executes, or the two make commands")
    func everyBlockIsCovered() throws {
        let blocks = try Self.blocks()
        #expect(blocks.count >= 3)
        for block in blocks where !block.hasPrefix("# readme:") {
            let commands = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(
                commands.allSatisfy { $0.hasPrefix("make ") || $0.hasPrefix("git clone ") || $0.hasPrefix("cd ") },
                "\(block)")
        }
    }

    @Test("16,384 patterns are checked and compiled in under 5 s and 500 MB")
    func scale() throws {
        var text = """
            apiVersion: sallyport.dev/v1
            kind: Policy
            metadata:
              name: large
            spec:
              rules:

            """
        for rule in 0..<256 {
            text += "    - name: rule-\(rule)\n      on: [process.exec]\n      object:\n        path:\n"
            for pattern in 0..<64 {
                text += "          - /opt/vendor-\(rule)/release-\(pattern)/*/bin/tool-\(pattern * 7)\n"
            }
            text += "      action: deny\n"
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "large-\(UUID().uuidString).yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let clock = ContinuousClock()
        let start = clock.now
        // A limit on address space would hit reserved, unused memory; the peak resident size is what counts.
        let outcome = try MicroVM.run([
            "bash", "-c",
            "\(MicroVM.release)/sallyport policy check \(file.path) & p=$!; peak=0; while [ -d /proc/$p ]; do "
                + "r=$(awk '/VmHWM/ {print $2}' /proc/$p/status 2>/dev/null); [ -n \"$r\" ] && peak=$r; sleep 0.05; done; "
                + "wait $p; s=$?; echo \"peak_kib=$peak\"; exit $s",
        ])
        let elapsed = clock.now - start
        print("16,384 patterns: \(elapsed)\n\(outcome.output)")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(elapsed < .seconds(5))
        let peak = outcome.output.split(separator: "\n").last { $0.hasPrefix("peak_kib=") }
        let kib = try #require(peak.flatMap { Int($0.dropFirst("peak_kib=".count)) })
        #expect(kib > 0 && kib < 500 * 1024)
    }

    @Test(
        "the unit that is documented is the one that is shipped",
        arguments: ["sallyport.service", "sallyport.service.d/seal.conf"])
    func unit(name: String) throws {
        let document = try String(contentsOfFile: MicroVM.root + "/docs/SELF_PROTECTION.md", encoding: .utf8)
        let shipped = try String(contentsOfFile: MicroVM.root + "/packaging/" + name, encoding: .utf8)
        let lines = shipped.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(document.contains(lines.map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n")))
    }

    private static func readme() throws -> String {
        try String(contentsOfFile: MicroVM.root + "/README.md", encoding: .utf8)
    }

    private static func block(_ marker: String) throws -> String? { try blocks().first { $0.hasPrefix(marker) } }

    private static func blocks() throws -> [String] {
        let text = try readme()
        var blocks: [String] = []
        var current: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = current {
                if line.hasPrefix("```") {
                    blocks.append(lines.joined(separator: "\n"))
                    current = nil
                } else {
                    current = lines + [line]
                }
            } else if line.hasPrefix("```sh") {
                current = []
            }
        }
        return blocks
    }
}
