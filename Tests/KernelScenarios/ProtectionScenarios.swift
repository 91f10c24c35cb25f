// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What agents and the operator meet of protection, in order: first what isn't sealed, then what is.
enum ProtectionScenarios {
    static let shutdownProgram = Lab.root + "/busybox"
    static let options = ["--self-protection", "on", "--shutdown-program", shutdownProgram]

    private static let folder = Lab.root + "/owner"
    static let program = folder + "/agent"
    static let kept = folder + "/kept"
    /// The agent that a scenario leaves running. One scenario runs after the other.
    nonisolated(unsafe) private static var victim: pid_t = 0

    /// Before the platform starts.
    static func prepare() throws {
        for path in [folder, kept, folder + "/tree"] { mkdir(path, 0o755) }
        try Lab.write("its own\n", to: folder + "/file", mode: 0o644)
        try Lab.copy(Lab.library, to: folder + "/library.so")
        try Lab.copy("/proc/self/exe", to: program)
        try Lab.write("kept\n", to: kept + "/file", mode: 0o644)
        try Lab.copy("/run/vm/busybox", to: shutdownProgram)
    }

    static let all = unsealed + OwnerScenarios.all + sealed

    private static let unsealed: [Scenario] = [
        Scenario("what isn't an agent's own isn't protected for it, and who isn't entitled protects nothing") { lab in
            try expect(try AgentProcess.enrol("owner", ["protect-self"], in: lab), 0, "enrol")
            try expect(try AgentProcess.enrol("other", ["protect-self"], in: lab), 0, "enrol")
            try expect(try AgentProcess.enrol("plain", ["notify:*"], in: lab), 0, "enrol")
            try await connected("plain", lab) { client in
                try await expectReason("not-entitled") { try await client.protection.protect([.directory(kept)]) }
            }
            try await connected("owner", lab) { client in
                for path in ["/var/lib", "/", "/usr/bin", lab.daemon.state, lab.daemon.run, "/nowhere"] {
                    try await expectReason("protection-invalid") {
                        try await client.protection.protect([.directory(path)])
                    }
                }
                try await expectReason("protection-invalid") {
                    try await client.protection.protect([.executable(Array("/bin/sh".utf8), children: false)])
                }
                let entries = try await client.protection.protect([.directory(kept)])
                try expect(entries.map(\.vendor), ["owner"], "vendors")
                let again = try await client.protection.protect([.directory(kept)])
                try expect(again.map(\.id), entries.map(\.id), "the same protection")
            }
            try await connected("other", lab) { client in
                for path in [kept, folder] {
                    try await expectReason("protection-invalid") {
                        try await client.protection.protect([.directory(path)])
                    }
                }
                try await expectReason("protection-not-found") { try await client.protection.unprotect([1]) }
                try expect(try await client.protection.list(), [], "what others have isn't shown")
            }
        },
        Scenario("a refusal is an event that names who tried what, and is counted") { lab in
            lab.forgetEvents()
            try expect(unlink(kept + "/file"), -1, "unlink")
            try expect(errno, EPERM, "errno")
            let event = try await lab.expectEvent("the refusal") {
                $0.operation == .fileUnlink && $0.decision.verdict == .deny
            }
            try expect(event.decision.cause, "protected", "cause")
            try expect(event.decision.vendor, "owner", "vendor")
            try expect(event.subject.identity.pid, getpid(), "who")
            guard case .file(let file, _) = event.object else { throw Failure("no file: \(event)") }
            try expect(file.path.text, kept + "/file", "path")
            try expect(kill(lab.daemon.pid, SIGKILL), -1, "kill")
            let signal = try await lab.expectEvent("the signal") {
                $0.operation == .processSignal && $0.decision.verdict == .deny
            }
            try expect(signal.details.signal, Signal("KILL"), "signal")
            let entries = try await lab.client.protection.list()
            let refused = entries.first { $0.vendor == "owner" }?.refused ?? 0
            try require(refused >= 1, "refused: \(entries)")
        },
        Scenario("an executable acts for its owner as long as nobody else has a hand in it") { lab in
            // It says so itself, as it starts.
            victim = try DaemonProcess.spawn(
                [program, "victim", AgentProcess.folder("owner"), lab.daemon.run + "/agents.sock", folder],
                output: Lab.root + "/owner.out")
            for _ in 0..<200 where (try? Lab.read(Lab.root + "/owner.out"))?.isEmpty != false {
                try await Task.sleep(for: .milliseconds(50))
            }
            let said = String(decoding: try Lab.read(Lab.root + "/owner.out"), as: UTF8.self)
            try require(said.hasPrefix("ready"), "the agent says: \(said)")
            // The registered file, as it is.
            try expect(try touch([program]), 0, "the owner's own")
            try expect(try touch(["/proc/self/exe"]), EPERM, "a copy of the same bytes elsewhere")
            // With a library that it hadn't.
            try expect(
                try touch(["/usr/bin/env", "LD_PRELOAD=\(Lab.library)", program]), EPERM, "with a library preloaded")
            try expect(try touch(["/usr/bin/unshare", "--mount", program]), EPERM, "in a mount namespace of its own")
            try expect(acts_run_traced(program, "touch", kept + "/file"), EPERM, "under a tracer")
            try expect(acts_run_filtered(program, "touch", kept + "/file"), EPERM, "under a seccomp filter")
        },
        Scenario("namespaces of what is protected are its own: others read which they are, and don't follow the link") {
            lab in
            lab.forgetEvents()
            let own = "/proc/self/exe"
            let link = "/proc/\(lab.daemon.pid)/ns/uts"
            var name = [CChar](repeating: 0, count: 64)
            try require(readlink(link, &name, 63) > 0, "which one it is: \(String(cString: strerror(errno)))")
            for path in [link, "/proc/\(lab.daemon.pid)/task/\(lab.daemon.pid)/ns/mnt"] {
                try expect(try look([own], path), EACCES, path)
                var status = stat()
                try expect(stat(path, &status), -1, "status of \(path)")
                try expect(lstat(path, &status), 0, "status of the link \(path)")
            }
            let event = try await lab.expectEvent("the refusal") {
                $0.operation == .processOpen && $0.decision.verdict == .deny
            }
            try expect(event.decision.cause, "protected", "cause")
            guard case .process(let other) = event.object else { throw Failure("no process: \(event)") }
            try expect(other.pid, lab.daemon.pid, "whose namespace")
            // Process 1's are the machine's, and an agent's are its own and its vendor's.
            try expect(try look([own], "/proc/1/ns/uts"), 0, "those of process 1")
            for path in ["/proc/self/ns/uts", "/proc/thread-self/ns/net"] {
                try expect(try look([program], path), 0, "an agent's \(path)")
                try expect(try look([own], path), 0, "one's own \(path)")
            }
            try expect(try look([program], "/proc/\(victim)/ns/uts"), 0, "for another process of the vendor's")
            try expect(try look([own], "/proc/\(victim)/ns/uts"), EACCES, "for others")
            // Other links of it go on being read.
            for path in [link.replacing("ns/uts", with: "exe"), link.replacing("ns/uts", with: "cwd")] {
                try expect(try look([own], path), 0, path)
            }
        },
        Scenario("what is lifted is anybody's again, by the owner or by the operator") { lab in
            try Lab.write("x", to: folder + "/lifted", mode: 0o644)
            let path = folder + "/lifted"
            try await connected("owner", lab) { client in
                let first = try await client.protection.protect([.file(Array(path.utf8))])
                try expect(AgentScenarios.opened(path, O_WRONLY), -EPERM, "protected")
                try await client.protection.unprotect(first.map(\.id))
                try expect(AgentScenarios.opened(path, O_WRONLY), 0, "lifted by the owner")
                let second = try await client.protection.protect([.file(Array(path.utf8))])
                let status = try DaemonProcess.runToEnd(
                    [lab.daemon.cli, "protect", "lift", "\(second[0].id)", "--socket", lab.daemon.socketPath],
                    output: Lab.root + "/lift.out")
                try expect(status, 0, "status of sallyport protect lift")
                try expect(AgentScenarios.opened(path, O_WRONLY), 0, "lifted by the operator")
            }
        },
    ]

    private static let sealed: [Scenario] = [
        Scenario("sealed: nothing is lifted, replaced or ended, and policies can be added") { lab in
            _ = try await lab.client.applyPolicies([Make.denyTree])
            try expect(try command(["seal"], lab), 0, "status of sallyport seal")
            try require(try await lab.client.status().sealed, "the status says so")
            try await expectReason("sealed") { try await lab.client.applyPolicies([Make.denyTree]) }
            try await expectReason("sealed") { try await lab.client.removePolicy(named: "deny-tree") }
            let rule = Make.rule("x", .deny, object: Make.path("/nowhere/else/**"))
            _ = try await lab.client.applyPolicies([Make.policy("added", rule)])
            try await connected("owner", lab) { client in
                let entries = try await client.protection.list()
                try require(!entries.isEmpty && entries.allSatisfy(\.isSealed), "sealed: \(entries)")
                try await expectReason("sealed") { try await client.protection.unprotect(entries.map(\.id)) }
                try await expectReason("sealed") {
                    try await client.protection.protect([.executable(Array("/bin/sh".utf8), children: false)])
                }
            }
            try expect(try command(["vendor", "suspend", "owner"], lab), 1, "status of sallyport vendor suspend")
            for signal in [SIGTERM, SIGINT, SIGKILL] {
                try expect(kill(lab.daemon.pid, signal), -1, "signal \(signal)")
                try expect(errno, EPERM, "errno")
            }
            try expect(try command(["unseal"], lab), 1, "status of sallyport unseal")
        }
    ]

    /// Has process 1 become what ends the machine, and end the daemon.
    static func prepareShutdown(_ lab: Lab) throws {
        let script = """
            if [ -e /proc/\(lab.daemon.pid)/exe ]; then
                kill -KILL \(lab.daemon.pid)
            else
                echo 'FAIL  the daemon has ended before' >>/job/stdout
                set -- 1
            fi
            rounds=100
            while [ -e /proc/\(lab.daemon.pid)/exe ] && [ $rounds -gt 0 ]; do
                rounds=$((rounds - 1))
                read -r -t 0.1 _ <&7
            done
            if [ -e /proc/\(lab.daemon.pid)/exe ]; then
                echo 'FAIL  process 1 ends the machine, and could not end the daemon' >>/job/stdout
                set -- 1
            else
                echo 'pass  process 1, which ends the machine, ends the daemon' >>/job/stdout
            fi
            echo "$1" >&9
            echo b >&8
            """
        try Lab.write(shutdownProgram + "\n", to: "/run/vm/final.program", mode: 0o644)
        try Lab.write(script, to: "/run/vm/final.sh", mode: 0o644)
    }

    private static func command(_ words: [String], _ lab: Lab) throws -> Int32 {
        try DaemonProcess.runToEnd(
            [lab.daemon.cli] + words + (words == ["unseal"] ? [] : ["--socket", lab.daemon.socketPath]),
            output: Lab.root + "/command.out")
    }

    /// What became of opening the protected file for writing, by a program: an errno.
    private static func look(_ words: [String], _ path: String) throws -> Int32 {
        try DaemonProcess.runToEnd(words + ["look", path], output: Lab.root + "/look.out")
    }

    private static func touch(_ words: [String]) throws -> Int32 {
        try DaemonProcess.runToEnd(words + ["touch", kept + "/file"], output: Lab.root + "/touch.out")
    }

    private static func connected(
        _ vendor: String, _ lab: Lab, _ body: @Sendable (SallyportClient) async throws -> Void
    ) async throws {
        let credentials = try VendorCredentials(directory: AgentProcess.folder(vendor))
        try await SallyportClient.withConnection(to: lab.daemon.run + "/agents.sock", credentials: credentials, body)
    }
}

extension ProtectedObject {
    fileprivate static func directory(_ path: String) -> ProtectedObject { .directory(Array(path.utf8)) }
}
