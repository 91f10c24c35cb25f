// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Cost of an exec, bare and with the platform. In the VM under `-icount` a nanosecond of virtual time is an instruction.
enum Measurements {
    static let rounds = 200

    /// Instructions for one exec of the tiny program, less the cost of vfork, exit and wait.
    static func exec(_ path: String) throws -> Double {
        _ = acts_time_exec(path, 20)
        let whole = acts_time_exec(path, Int32(rounds))
        let frame = acts_time_fork(Int32(rounds))
        try require(whole > frame, "exec of \(path) failed")
        return Double(whole - frame) / Double(rounds)
    }

    /// `count` patterns of which none matches the program: the rule is concerned, the walk goes the whole way.
    static func policy(patterns count: Int) -> Policy {
        let patterns = (0..<count).map { "/opt/vendor-\($0 % 97)/release-\($0)/bin/**" }
        let chunks = stride(from: 0, to: count, by: 64).map { Array(patterns[$0..<min(count, $0 + 64)]) }
        let rules = chunks.enumerated().map { index, chunk in
            Rule(
                name: "r\(index)", operations: [.processExec, .imageLoad],
                object: PathCondition(patterns: chunk.map { try! PathPattern($0) }), action: .deny)
        }
        return Policy(name: "measured", rules: rules)
    }

    static func run(_ lab: Lab) async throws {
        lab.daemon.end()
        let deep = Lab.allowed + "/" + String(repeating: "z", count: 40) + "-program"
        try Lab.copy(Lab.tiny, to: deep)
        let bare = try exec(deep)
        try await lab.daemon.start()
        try await lab.connect()
        lab.disconnect()
        try await Task.sleep(for: .milliseconds(300))
        func measure(_ policies: [Policy]) async throws -> Double {
            try await lab.connect()
            try await lab.setPolicies(policies)
            lab.disconnect()
            // Nobody listens while it is measured: what remains is what every machine pays.
            try await Task.sleep(for: .milliseconds(300))
            return try exec(deep)
        }
        let none = try await measure([])
        let ten = try await measure([policy(patterns: 10)])
        let many = try await measure([policy(patterns: 4096)])
        print(
            """
            {"bare": \(Int(bare)), "no_policy": \(Int(none)), "patterns_10": \(Int(ten)), \
            "patterns_4096": \(Int(many)), "no_policy_ratio": \(rounded(none / bare)), \
            "patterns_10_ratio": \(rounded(ten / bare)), "patterns_4096_over_10": \(rounded(many / ten))}
            """)
        try require(many <= ten * 1.10, "4,096 patterns cost \(rounded(many / ten)) × 10 patterns; 1.10 is the limit")
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
        print(
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
