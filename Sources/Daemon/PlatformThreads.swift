// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import ContentDigests
import EndpointModel
import Gate
import Handover
import KernelPrograms
import LinuxSystem
import Logging
import Sensor
import Subscribers

/// The daemon's own threads that read the kernel's rings.
struct PlatformThreads {
    private let sensor: Sensor
    private let sensorThread: SystemThread
    private let watcher: RingWatcher
    private let watcherThread: SystemThread
    private let handover: HandoverServer
    private let handoverThread: SystemThread
    private var digests: DigestTaker?
    private let watch: PassWatch?
    private var watchThread: SystemThread?
    private let protection: ProtectionDesk?
    private var protectionThread: SystemThread?
    private let integrity: IntegrityDesk?
    private var integrityThread: SystemThread?

    /// Starts those that the tier has; returns when the process table is filled and events are read.
    init(
        session: KernelSession, sensor: Sensor, subscribers: SubscriberTable, watcher: RingWatcher,
        handover: HandoverServer, watch: PassWatch?, marks: GateMarks, protection: ProtectionDesk?,
        integrity: IntegrityDesk?, failure: ThreadFailure, logger: Logger
    ) throws {
        self.sensor = sensor
        self.watch = watch
        self.protection = protection
        self.integrity = integrity
        let started = StartSignal()
        sensorThread = try SystemThread(name: "sensor") {
            do {
                try sensor.run(
                    started: { started.signal() },
                    missed: { counts in
                        do {
                            for (operation, count) in counts { try subscribers.lost(operation, count) }
                        } catch {
                            logger.error("a loss can't be reported", metadata: ["reason": "\(error)"])
                        }
                    },
                    undecided: { programs in
                        // One of them may have been to see a file written.
                        marks.flush(.fileWritten)
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
        self.watcher = watcher
        watcherThread = try SystemThread(name: "subscribers") {
            watcher.run {
                do {
                    try subscribers.tellLosses()
                } catch {
                    logger.error("losses can't be reported", metadata: ["reason": "\(error)"])
                }
            }
        }
        self.handover = handover
        handoverThread = try SystemThread(name: "handover") { handover.run() }
        if let watch {
            watchThread = try SystemThread(name: "passes") {
                do {
                    try watch.run(marks.passesEnded)
                } catch {
                    failure.report("files that pass can't be watched any more: \(error)")
                }
            }
        }
        if let protection {
            protectionThread = try SystemThread(name: "refusals") {
                do {
                    try protection.run(sensor, subscribers)
                } catch {
                    failure.report("refusals can't be read any more: \(error)")
                }
            }
        }
        if let integrity { integrityThread = try SystemThread(name: "integrity") { integrity.run() } }
        started.wait()
        if session.tier == .enforce { try startDigests(session, failure) }
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

    func stop() {
        integrity?.stop()
        integrityThread?.join()
        digests?.stop()
        watch?.stop()
        watchThread?.join()
        protection?.stop()
        protectionThread?.join()
        handover.stop()
        handoverThread.join()
        watcher.stop()
        watcherThread.join()
        sensor.stop()
        sensorThread.join()
    }
}
