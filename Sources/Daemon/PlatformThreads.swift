// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import ContentDigests
import EndpointModel
import Gate
import KernelPrograms
import LinuxSystem
import Logging
import Sensor

/// The daemon's own threads: what reads the kernel's rings and answers what the kernel holds.
struct PlatformThreads {
    private let sensor: Sensor
    private let sensorThread: SystemThread
    private var digests: DigestTaker?
    private var gate: ExecGate?
    private var gateThread: SystemThread?

    /// Starts those that the tier has; returns when the process table is filled and events are read.
    init(
        session: KernelSession, sensor: Sensor, hub: EventHub, gateTables: GateTables, gateMounts: [String],
        failure: ThreadFailure, logger: Logger
    ) throws {
        self.sensor = sensor
        let started = StartSignal()
        sensorThread = try SystemThread(name: "sensor") {
            do {
                try sensor.run(
                    started: { started.signal() }, deliver: { hub.publish($0) },
                    undecided: { programs in
                        for (program, count) in programs {
                            logger.error(
                                "the kernel skipped a deciding program: what it would have denied has passed",
                                metadata: ["program": "\(program)", "times": "\(count)"])
                        }
                    })
            } catch {
                failure.report("events can't be read any more: \(error)")
                started.signal()
            }
        }
        started.wait()
        switch session.tier {
        case .enforce: try startDigests(session, failure)
        case .gate: try startGate(session, hub, gateTables, gateMounts, failure, logger)
        case .observe: break
        }
    }

    private mutating func startDigests(_ session: KernelSession, _ failure: ThreadFailure) throws {
        let digests = DigestTaker(
            kernel: session.object, requests: KernelMap.digestRequests.rawValue,
            digests: KernelMap.contentDigests.rawValue, runtime: KernelMap.runtime.rawValue)
        let thread = try SystemThread(name: "digests") {
            do {
                try digests.run()
            } catch {
                failure.report("digests can't be taken any more: \(error)")
            }
        }
        // Nobody waits for it: it may be reading a large file.
        thread.detach()
        self.digests = digests
    }

    private mutating func startGate(
        _ session: KernelSession, _ hub: EventHub, _ tables: GateTables, _ mounts: [String], _ failure: ThreadFailure,
        _ logger: Logger
    ) throws {
        let gate = try ExecGate(mounts: mounts)
        let sequence = try EventSequence(session.object)
        let decide = GateDecider(sensor: sensor, hub: hub, tables: tables, sequence: sequence)
        gateThread = try SystemThread(name: "gate") {
            do {
                try gate.run(
                    decide: { decide.mayGoOn(pid: $0, file: $1) },
                    refused: { error in
                        logger.warning(
                            "the kernel refused an execution: it couldn't open the file for the gate",
                            metadata: ["reason": "\(error)"])
                    })
            } catch {
                failure.report("executions can't be held any more: \(error)")
            }
        }
        self.gate = gate
    }

    func stop() {
        digests?.stop()
        gate?.stop()
        gateThread?.join()
        sensor.stop()
        sensorThread.join()
    }
}
