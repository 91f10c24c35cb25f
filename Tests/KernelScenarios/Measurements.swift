// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Cost of an exec, bare and with the platform. In the VM under `-icount` a nanosecond of virtual time is an instruction.
enum Measurements {
    /// `count` patterns of which none matches the program: the rule is concerned, the walk goes the whole way.
    static func policy(patterns count: Int) -> Policy {
        let patterns = (0..<count).map { "/opt/vendor-\($0 % 97)/release-\($0)/bin/**" }
        let chunks = stride(from: 0, to: count, by: 64).map { Array(patterns[$0..<min(count, $0 + 64)]) }
        let rules = chunks.enumerated().map { index, chunk in
            Rule(
                name: "r\(index)", operations: [.processExec, .imageLoad],
                object: Condition(.path(Make.list(chunk))), action: .deny)
        }
        return Policy(name: "measured", rules: rules)
    }

    /// What an exec costs, in instructions.
    struct Cost {
        /// A static program of two instructions: the least that an exec can cost.
        var small: Double
        /// `true` with its loader and the C library: two images more are mapped.
        var dynamic: Double
    }

    /// A small root in tmpfs: what is opened through the VM's share of the host's files costs the host's time.
    private static let root = Lab.root + "/root"

    private static func prepareRoot() throws {
        let loader = Lab.loader
        for folder in [root, root + "/bin", root + "/lib64", root + "/lib", root + "/lib/x86_64-linux-gnu"] {
            mkdir(folder, 0o755)
        }
        try Lab.copy(Lab.tiny, to: root + "/bin/small")
        try Lab.copy("/bin/true", to: root + "/bin/dynamic")
        try Lab.copy(loader, to: root + loader)
        try Lab.copy("/lib/x86_64-linux-gnu/libc.so.6", to: root + "/lib/x86_64-linux-gnu/libc.so.6")
    }

    private static func cost() throws -> Cost {
        let load = try KernelLoad.start(.cost(root: root, programs: ["/bin/small", "/bin/dynamic"]), output: "cost")
        let found = try load.finish()
        try require(found.count == 2 && !found.contains(0), "executions failed: \(found)")
        return Cost(small: Double(found[0]), dynamic: Double(found[1]))
    }

    static func run(_ lab: Lab) async throws {
        lab.daemon.end()
        try prepareRoot()
        let bare = try cost()
        try await lab.daemon.start()
        func measure(_ policies: [Policy], daemonStopped: Bool = false) async throws -> Cost {
            // Nobody listens while it is measured: what remains is what every machine pays.
            try await lab.connect(collecting: false)
            try await lab.setPolicies(policies)
            lab.disconnect()
            try await Task.sleep(for: .milliseconds(500))
            if daemonStopped { lab.daemon.send(SIGSTOP) }
            defer { if daemonStopped { lab.daemon.send(SIGCONT) } }
            return try cost()
        }
        let none = try await measure([])
        let ten = try await measure([policy(patterns: 10)])
        let many = try await measure([policy(patterns: 4096)])
        // On this machine with one processor the daemon's reading of the ring is part of the figures above.
        let kernelOnly = try await measure([policy(patterns: 10)], daemonStopped: true)
        var figures: [(String, Double)] = []
        for (kind, value) in [("small", \Cost.small), ("dynamic", \Cost.dynamic)] {
            figures += [
                ("\(kind)_bare", bare[keyPath: value].rounded()),
                ("\(kind)_no_policy_over_bare", none[keyPath: value] / bare[keyPath: value]),
                ("\(kind)_10_over_bare", ten[keyPath: value] / bare[keyPath: value]),
                ("\(kind)_10_daemon_stopped_over_bare", kernelOnly[keyPath: value] / bare[keyPath: value]),
                ("\(kind)_4096_over_10", many[keyPath: value] / ten[keyPath: value]),
            ]
        }
        say("{" + figures.map { "\"\($0)\": \(rounded($1))" }.joined(separator: ", ") + "}")
    }

    /// Events read a second while forks are made as fast as the machine can, and the daemon's memory.
    static func events(_ lab: Lab) async throws {
        try await lab.connect()
        lab.forgetEvents()
        let before = try await lab.client.status()
        let clock = ContinuousClock()
        let start = clock.now
        try expect(try KernelLoad.start(.forks(20_000), output: "forks").finish(), [0], "failed forks")
        let elapsed = clock.now - start
        try await Task.sleep(for: .seconds(2))
        let after = try await lab.client.status()
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let delivered = after.events.delivered - before.events.delivered
        say(
            """
            {"events": \(delivered), "lost": \(after.events.lost - before.events.lost), \
            "events_per_second": \(Int(Double(delivered) / seconds)), "daemon_resident_kib": \(residentKiB(lab.daemon.pid))}
            """)
    }

    static func residentKiB(_ pid: pid_t) -> Int {
        let status = (try? Lab.read("/proc/\(pid)/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
        return 0
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
