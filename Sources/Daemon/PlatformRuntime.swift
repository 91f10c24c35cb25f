// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Gate
import Glibc
import KernelABI
import KernelPrograms
import LinuxSystem
import Logging
import Sensor
import ServiceLifecycle
import Sessions
import Synchronization

/// Puts the parts together, in the order that leaves no moment uncovered, and takes them apart.
struct PlatformRuntime: Service {
    struct Options: Sendable {
        var stateDirectory: String
        var socketPath: String
        var gateMounts: [String]
        var ceiling: Tier
        var ringBytes: UInt32
    }

    private let options: Options
    private let logger: Logger

    init(options: Options, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    func run() async throws {
        let stateLock = try lockState()
        defer { withExtendedLifetime(stateLock) {} }
        let session = try openSession()
        let machine = CoverageProbe.coverage(
            tier: session.tier, reason: session.reason, gateMounts: options.gateMounts)
        let book = RuleBook()
        let gateTables = GateTables(inUse: session.tier == .gate)
        let sensor = Sensor(
            kernel: session.object,
            maps: SensorMaps(
                events: KernelMap.events.rawValue, counters: KernelMap.counters.rawValue,
                control: KernelMap.control.rawValue, snapshot: KernelProgram.snapshot.rawValue,
                reporters: [
                    .processExec: KernelProgram.processExecDone.rawValue,
                    .processCreate: KernelProgram.processCreateDone.rawValue,
                    .processExit: KernelProgram.processExit.rawValue,
                ], deciders: session.hooks.deciders),
            names: book)
        let hub = EventHub { [logger] interest in
            // Executions and processes are always reported; everything else only while somebody listens.
            let notify = interest.filter { !$0.isReportedByTracepoint }.reduce(UInt64(0)) { $0 | 1 << $1.kernelNumber }
            do {
                if session.tier == .enforce { try session.hooks.listen(to: interest) }
                try session.setNotify(notify)
            } catch {
                logger.error(
                    "not everything that is listened to can be reported", metadata: ["reason": "\(error)"])
            }
        }
        let core = try PlatformCore(
            session: session, machine: machine, store: PolicyStore(stateDirectory: options.stateDirectory),
            sensor: sensor, hub: hub, book: book, gateTables: gateTables, logger: logger)
        try await core.installStored()
        var configuration = APIServer.Configuration(socketPath: options.socketPath)
        configuration.peerPolicy = .rootOnly
        let server = try APIServer(platform: core, configuration: configuration, logger: logger)

        try session.attach()
        if session.tier == .enforce, try !session.enforcementWorks() {
            session.detach()
            throw StartupError(
                "the deciding programs are attached but the kernel doesn't run them: the security module `bpf` isn't active."
                    + " Boot with bpf in the lsm= list, or start with --tier observe")
        }
        let failure = ThreadFailure { reason in
            logger.critical("the platform can't go on", metadata: ["reason": "\(reason)"])
            hub.stop()
            server.beginGracefulShutdown()
        }
        let threads = try PlatformThreads(
            session: session, sensor: sensor, hub: hub, gateTables: gateTables, gateMounts: options.gateMounts,
            failure: failure, logger: logger)
        try failure.check()
        logger.notice(
            "platform is up",
            metadata: [
                "tier": "\(session.tier.rawValue)", "kernel": "\(machine.report.kernel)", "socket": "\(server.path)",
            ])
        if !session.reason.isEmpty { logger.warning("not at tier enforce", metadata: ["reason": "\(session.reason)"]) }
        await core.setReady()
        ServiceNotification.send("READY=1\nSTATUS=tier \(session.tier.rawValue)")

        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            ServiceNotification.send("STOPPING=1")
            hub.stop()
            server.beginGracefulShutdown()
        }

        // Ends the process: at tier enforce the kernel goes on deciding, at tier gate it lets pass what is held.
        try failure.check()
        threads.stop()
        // An orderly stop is the operator's wish: enforcement ends. (A killed daemon leaves it in force.)
        await core.lift()
        session.detach()
        logger.notice("platform is down")
    }

    private func lockState() throws -> FileLock {
        do {
            try FileSystem.makeDirectory(options.stateDirectory, mode: 0o700)
            return try FileLock(options.stateDirectory + "/lock", create: true)
        } catch {
            throw StartupError(
                error.code == EWOULDBLOCK
                    ? "another sallyportd uses \(options.stateDirectory): stop it, or give another --state"
                    : "can't use the state directory: \(error)")
        }
    }

    private func openSession() throws -> KernelSession {
        try KernelSession.open(
            ceiling: options.ceiling, gateMounts: options.gateMounts, ringBytes: options.ringBytes)
    }
}
