// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// What single operations cost, bare and with the platform. In the VM under `-icount` a nanosecond of virtual time is an
/// instruction.
///
/// The daemon is stopped while it is measured, so that the figures are the kernel's: on this machine with one processor
/// its reading of the ring would be part of them. What is reported in any case, executions, is measured once more with
/// the daemon running. Nobody listens.
struct CostMeasurement {
    /// Instructions of one operation, by the repetitions of the loop.
    private struct Cost {
        var least: Double
        var median: Double
        var most: Double

        init(_ repetitions: [Double]) {
            let sorted = repetitions.sorted()
            least = sorted[0]
            median = sorted[sorted.count / 2]
            most = sorted[sorted.count - 1]
        }

        var json: String {
            let figures = [("least", least), ("median", median), ("most", most)]
            return "{" + figures.map { "\"\($0)\": \(($1 * 10).rounded() / 10)" }.joined(separator: ", ") + "}"
        }
    }

    /// Programs that nothing needs any more are detached after three seconds.
    private static let settling = Duration.seconds(5)

    private let lab: Lab
    private var rows: [String] = []

    /// One JSON object: `CONFIGURATION.LOOP` and its figures.
    static func run(_ lab: Lab) async throws -> String {
        try CostLoop.prepare()
        var measurement = CostMeasurement(lab: lab)
        try await measurement.measureAll()
        return "{" + measurement.rows.joined(separator: ", ") + "}"
    }

    private mutating func measureAll() async throws {
        let all = CostLoop.all
        let onFiles = all.filter { !$0.isOnProcess }
        let onProcesses = all.filter(\.isOnProcess)
        let reported = all.filter(\.isReported)
        try measure("bare", all)
        try await lab.daemon.start()
        defer { lab.daemon.end() }
        try await Task.sleep(for: Self.settling)
        try expect(Attachments.names, [], "programs attached without a policy")
        try measureStopped("no_policy", all)
        try measure("no_policy_daemon_running", reported)

        try await install(CostPolicies.onOthers)
        try require(
            Attachments.names.isDisjoint(with: ["file_open", "image_protect", "process_signal"]), "\(Attachments.names)"
        )
        try measureStopped("other_rules", all)

        try await install(CostPolicies.onSiblings)
        try require(Attachments.names.isSuperset(of: ["file_open", "image_protect"]), "\(Attachments.names)")
        try measureStopped("sibling_rules", all)

        try await install(CostPolicies.onFiles(rules: 1))
        for count in [10, 1000, 4096] {
            try await install(CostPolicies.onFiles(rules: count), settling: .zero)
            try measureStopped("rules_\(count)", onFiles)
            try measure("rules_\(count)_daemon_running", reported)
        }
        try await install(CostPolicies.onProcesses(rules: 1))
        for count in [10, 1000, 4096] {
            try await install(CostPolicies.onProcesses(rules: count), settling: .zero)
            try measureStopped("rules_\(count)", onProcesses)
        }
    }

    private func install(_ policy: Policy, settling: Duration = Self.settling) async throws {
        try await lab.connect(collecting: false)
        try await lab.setPolicies([policy])
        lab.disconnect()
        try await Task.sleep(for: settling + .milliseconds(300))
    }

    private mutating func measureStopped(_ configuration: String, _ loops: [CostLoop]) throws {
        lab.daemon.send(SIGSTOP)
        defer { lab.daemon.send(SIGCONT) }
        try measure(configuration, loops)
    }

    private mutating func measure(_ configuration: String, _ loops: [CostLoop]) throws {
        for loop in loops {
            let load = try KernelLoad.start(.cost(loop), output: "cost")
            let cost = Cost(try load.finish().map { Double($0) / Double(loop.count) })
            rows.append("\"\(configuration).\(loop.name)\": \(cost.json)")
        }
    }
}
