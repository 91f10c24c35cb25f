// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Events a second.
enum Measurements {
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
}
