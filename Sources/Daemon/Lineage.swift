// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Sensor

/// A process and those that it descends from, nearest first, as far as they live.
enum Lineage {
    /// How far up is looked; deeper trees are cut.
    static let depth = 64

    /// By number and start time: a number alone may be another process's by now. The process table tells most; what it
    /// hasn't heard of yet (its records are on their way), `/proc` does.
    static func of(_ pid: Int32, in sensor: Sensor) -> [ProcessIdentity] {
        var lineage: [ProcessIdentity] = []
        var next = identity(of: pid, in: sensor)
        while let current = next, current.pid > 1, lineage.count < depth {
            lineage.append(current)
            next = parent(of: current, in: sensor)
        }
        return lineage
    }

    private static func parent(of process: ProcessIdentity, in sensor: Sensor) -> ProcessIdentity? {
        guard let known = sensor.process(pid: process.pid)?.parent else {
            return ProcFS.parent(of: process.pid).flatMap { identity(of: $0, in: sensor) }
        }
        // The parent that it had may have ended, and its number be somebody else's.
        guard let now = identity(of: known.pid, in: sensor), isSame(now, known) else { return nil }
        return now
    }

    /// Whether both are the same process, as exactly as `/proc` tells.
    static func isSame(_ first: ProcessIdentity, _ second: ProcessIdentity) -> Bool {
        let tick = ProcFS.startTimeGranularity
        return first.pid == second.pid && first.startTime / tick == second.startTime / tick
    }

    private static func identity(of pid: Int32, in sensor: Sensor) -> ProcessIdentity? {
        if let known = sensor.process(pid: pid) { return known.identity }
        return ProcFS.startTime(of: pid).map { ProcessIdentity(pid: pid, startTime: $0, execCount: 0) }
    }
}
