// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// What it costs an execution that somebody in user space is asked about it: nobody, fapolicyd where it is installed, and
/// an agent whose verdicts are cached or not. The same loop in the same machine, one after another.
enum QuestionMeasurement {
    private static let executions = 300
    private static let fapolicyd = "/usr/sbin/fapolicyd"

    /// One line of JSON: the median and the 99th percentile of an execution, in microseconds.
    static func run(_ lab: Lab) async throws -> String {
        var rows: [(name: String, row: String)] = []
        func add(_ name: String, _ row: String) {
            say("    \(name): \(row)")
            rows.append((name, row))
        }
        add("bare", try measure())
        if access(fapolicyd, X_OK) == 0 { add("fapolicyd", try await besideFapolicyd()) }
        // The control group for what the machine itself does meanwhile.
        add("bare_again", try measure())
        try await lab.daemon.start(["--gate-mount", Lab.root])
        add("platform_without_agents", try measure())
        guard try AgentProcess.enrol("acme", in: lab) == 0 else { throw Failure("the vendor wasn't enrolled") }
        for behaviour in [Agent.Behaviour.deciding, .remembering] {
            let agent = try await AgentProcess(behaviour, of: "acme", in: lab)
            add(behaviour == .deciding ? "asked" : "cached", try measure())
            agent.end()
            try await Task.sleep(for: .seconds(1))
        }
        lab.daemon.end()
        return "{" + rows.map { "\"\($0.name)\": \($0.row)" }.joined(separator: ", ") + "}"
    }

    private static func measure() throws -> String {
        let clock = ContinuousClock()
        var times: [Int64] = []
        for _ in 0..<executions {
            let time = try clock.measure { try expect(Lab.exec(Lab.tiny), 0, "exec") }
            times.append(time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000)
        }
        times.sort()
        return "{\"p50_us\": \(times[executions / 2]), \"p99_us\": \(times[executions * 99 / 100])}"
    }

    /// Started with one rule, which allows everything, as our agent does.
    private static func besideFapolicyd() async throws -> String {
        let configuration = """
            permissive = 0
            nice_val = 14
            q_size = 640
            uid = root
            gid = root
            do_stat_report = 0
            detailed_report = 0
            db_max_size = 50
            subj_cache_size = 1549
            obj_cache_size = 8191
            watch_fs = tmpfs
            trust = file
            integrity = none
            syslog_format = rule,dec,perm,exe,:,path

            """
        for folder in ["/etc/fapolicyd", "/var/lib/fapolicyd", "/run/fapolicyd"] { mkdir(folder, 0o755) }
        try Lab.write(configuration, to: "/etc/fapolicyd/fapolicyd.conf", mode: 0o644)
        try Lab.write("allow perm=any all : all\n", to: "/etc/fapolicyd/fapolicyd.rules", mode: 0o644)
        let trusted = "/bin/true 1 \(String(repeating: "0", count: 64))\n"
        try Lab.write(trusted, to: "/etc/fapolicyd/fapolicyd.trust", mode: 0o644)
        // Not on a tmpfs: fapolicyd watches those.
        let output = "/root/fapolicyd.out"
        let pid = try DaemonProcess.spawn([fapolicyd, "--debug-deny"], output: output)
        defer {
            kill(pid, SIGTERM)
            waitpid(pid, nil, 0)
        }
        for _ in 0..<100 {
            try await Task.sleep(for: .milliseconds(100))
            let said = (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if said.contains("Starting to listen") { return try measure() }
            guard waitpid(pid, nil, WNOHANG) == 0 else { throw Failure("fapolicyd ended: \(said)") }
        }
        throw Failure("fapolicyd doesn't listen: \(String(decoding: try Lab.read(output), as: UTF8.self))")
    }
}
