// SPDX-License-Identifier: Apache-2.0

import Arbitration
import BPFRuntime
import EndpointModel
import Gate
import Glibc
import Handover
import KernelABI
import KernelPrograms
import KernelProtection
import LinuxSystem
import Logging
import Registry
import Sensor
import ServiceLifecycle
import Sessions
import Subscribers
import Synchronization

/// Puts the parts together, in the order that leaves no moment uncovered, and takes them apart.
struct PlatformRuntime: Service {
    struct Options: Sendable {
        var stateDirectory: String
        var socketPath: String
        var agentSocketPath: String
        var handoverPath: String
        var gateMounts: [String]
        var guardMode: GuardMode
        var ceiling: Tier
        var ringBytes: UInt32
        /// What is protected of the platform's; `nil` protects nothing, of nobody's.
        var protection: ProtectionDesk.Options?
        /// Seals it as soon as it is up, leaving that open.
        var sealsAtStart: Set<SealAllowance>?
        var sealedPolicy: SealedPolicy
        /// The certificate of who signs bundles of policies; `nil` is the authority of vendors.
        var policyAuthority: String?
        /// How the kernel's integrity is watched; `nil` where it isn't.
        var integrity: IntegrityDesk.Options?
        /// What agents may be granted to answer, at least and at most. Milliseconds.
        var deadlines: ClosedRange<UInt32>
    }

    /// Bytes of a subscriber's ring, unless `--ring-bytes` says less: what is kept for one that doesn't read.
    private static let maxSubscriberRing: UInt32 = 4 << 20

    private let options: Options
    private let logger: Logger

    init(options: Options, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    func run() async throws {
        // What a former daemon left is opened first: nothing else is reached by who isn't taken for its successor.
        let former = try formerProtection()
        let stateLock = try lockState()
        defer { withExtendedLifetime(stateLock) {} }
        let session = try openSession()
        let protected = try protectedKernel(former, session)
        let machine = CoverageProbe.coverage(
            tier: session.tier, reason: session.reason, gateMounts: options.gateMounts)
        let book = RuleBook()
        let gateTables = GateTables(decides: session.tier == .gate)
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
        let watcher = try RingWatcher()
        let ringBytes = min(options.ringBytes, Self.maxSubscriberRing)
        let subscribers = SubscriberTable(
            kernel: session.object,
            maps: SubscriberMaps(
                subscribers: KernelMap.subscribers.rawValue, rings: KernelMap.rings.rawValue,
                mutes: KernelMap.mutes.rawValue, programs: KernelMap.programs.rawValue,
                runtime: KernelMap.runtime.rawValue, message: KernelProgram.message.rawValue),
            hashKeys: session.hashKeys, ringBytes: ringBytes)
        let handover = HandoverServer(path: options.handoverPath)
        let hub = EventHub(
            table: subscribers, sensor: sensor, names: book, watcher: watcher, handover: handover
        ) { [logger] interest in
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
        let watch = session.tier == .enforce ? PassWatch(kernel: session.object) : nil
        let marks = GateMarks(
            mounts: options.gateMounts,
            configuration: GateConfiguration(guardMode: options.guardMode), watch: watch,
            setHooks: { try session.hooks.watchPasses($0) }, logger: logger)
        let accounts = VendorAccounts(
            allSubscriptions: SubscriberTable.maxSubscribers, ringBytes: Int(ringBytes))
        let arbitrationLimits = ArbitrationLimits(quotas: accounts.quotas, deadlines: options.deadlines)
        let arbiter = try Arbiter(
            limits: arbitrationLimits, marks: marks, sensor: sensor, subscribers: subscribers, accounts: accounts,
            handover: handover, logger: logger)
        let office = VendorOffice(registry: try openRegistry(), logger: logger)
        let policyAuthority = try PolicyAuthority(options.policyAuthority, registry: office.registry)
        let generation = Mutex<@Sendable () async -> UInt64>({ 0 })
        let desk = protected.map { kernel in
            ProtectionDesk(
                kernel: kernel.kernel, options: kernel.options, logger: logger,
                registered: { office.executables(of: $0) },
                generation: { await generation.withLock { $0 }() },
                sealNotes: {
                    guard options.sealedPolicy == .signed, policyAuthority.hasKeyHere else { return [] }
                    return [
                        "the authority's key is on this machine: until it is started again no signed bundle changes its"
                            + " policies. Start it with --policy-authority to have those of an authority elsewhere count"
                    ]
                })
        }
        office.seal { desk?.isSealed ?? false }
        let core = try PlatformCore(
            session: session, machine: machine, store: PolicyStore(stateDirectory: options.stateDirectory),
            sensor: sensor, hub: hub, book: book, gateTables: gateTables, marks: marks, arbiter: arbiter,
            office: office, accounts: accounts, arbitrationLimits: arbitrationLimits,
            isSealed: { desk?.isSealed ?? false }, sealedPolicy: options.sealedPolicy,
            policyAuthority: policyAuthority, logger: logger)
        generation.withLock { $0 = { await core.status().generation } }
        try await core.installStored()
        let integrity = options.integrity.map { options in
            IntegrityDesk(
                options: options,
                guarding: IntegrityDesk.Guarding(
                    takeOwn: { if let desk { try? OwnProcess.takeBPFObjects(into: desk.kernel) } },
                    isSealed: { desk?.isSealed ?? false }),
                logger: logger)
        }
        let server = try makeServer(core, office, accounts, desk, integrity)
        office.count { server.connections(of: $0) }
        office.account { vendor in
            arbiter.noteUse(of: vendor)
            return accounts.usage(of: vendor)
        }
        office.onChange {
            server.closeRefused()
            await core.vendorsChanged()
        }
        try handover.listen()

        try session.attach()
        if session.tier == .enforce, try !session.enforcementWorks() {
            session.detach()
            throw StartupError(
                "the deciding programs are attached but the kernel doesn't run them: the security module `bpf` isn't active."
                    + " Boot with bpf in the lsm= list, or start with --tier observe")
        }
        do {
            try desk?.start(beside: session)
        } catch {
            if let desk, !desk.isSealed {
                desk.kernel.detach()
                session.detach()
            }
            throw StartupError("the platform can't be protected: \(error)")
        }
        let failure = ThreadFailure { reason in
            logger.critical("the platform can't go on", metadata: ["reason": "\(reason)"])
            hub.stop()
            server.beginGracefulShutdown()
        }
        let threads = try PlatformThreads(
            session: session, sensor: sensor, subscribers: subscribers, watcher: watcher, handover: handover,
            watch: watch, marks: marks, protection: desk, integrity: integrity, failure: failure, logger: logger)
        try failure.check()
        marks.set(
            owner: GateDecider(
                tier: session.tier, sensor: sensor, tables: gateTables, subscribers: subscribers, arbiter: arbiter,
                logger: logger),
            failure: failure)
        if session.tier == .gate { try marks.holdAlways(.execution) }
        await core.holdAsked()
        marks.endOrphans()
        logger.notice(
            "platform is up",
            metadata: [
                "tier": "\(session.tier.rawValue)", "kernel": "\(machine.report.kernel)", "socket": "\(server.path)",
            ])
        if !session.reason.isEmpty { logger.warning("not at tier enforce", metadata: ["reason": "\(session.reason)"]) }
        if let desk, let allowances = options.sealsAtStart {
            for note in try await desk.seal(leavingOpen: allowances) { logger.warning("\(note)") }
        }
        await core.setReady()
        ServiceNotification.send("READY=1\nSTATUS=tier \(session.tier.rawValue)")

        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await office.watch() }
                defer { tasks.cancelAll() }
                try await server.run()
            }
        } onGracefulShutdown: {
            ServiceNotification.send("STOPPING=1")
            hub.stop()
            server.beginGracefulShutdown()
        }

        // Ends the process: at tier enforce the kernel goes on deciding, at tier gate it lets pass what is held.
        try failure.check()
        arbiter.stop()
        marks.stop()
        threads.stop()
        integrity?.withdraw()
        if let desk, desk.isSealed {
            logger.notice("platform is down; the kernel goes on deciding: it is sealed")
            return
        }
        // An orderly stop is the operator's wish: enforcement ends. (A killed daemon leaves it in force.)
        await core.lift()
        desk?.kernel.detach()
        session.detach()
        logger.notice("platform is down")
    }

    private func formerProtection() throws -> ProtectedKernel? {
        guard ProtectedKernel.isPresent else { return nil }
        guard options.ceiling == .enforce else {
            throw StartupError(
                "a former sallyportd protects this kernel, which is only gone on with at tier enforce: start it without"
                    + " --tier")
        }
        return try ProtectionDesk.openKernel(options: options.protection ?? unprotected)
    }

    private func protectedKernel(
        _ former: ProtectedKernel?, _ session: KernelSession
    ) throws -> (kernel: ProtectedKernel, options: ProtectionDesk.Options)? {
        if let former { return (former, options.protection ?? unprotected) }
        guard let protection = options.protection else { return nil }
        guard session.tier == .enforce else {
            guard options.sealsAtStart == nil else {
                throw StartupError("nothing can be sealed below tier enforce: \(session.reason)")
            }
            return nil
        }
        do {
            return (try ProtectionDesk.openKernel(options: protection), protection)
        } catch let error as BPFError {
            throw StartupError(
                "kernel \(ProcFS.kernelRelease()) doesn't load the programs of protection: \(error.description)")
        }
    }

    /// The options to go on by with what is there, where this daemon was started to protect nothing.
    private var unprotected: ProtectionDesk.Options {
        ProtectionDesk.Options(
            stateDirectory: options.stateDirectory, runDirectory: "", files: [], shutdownProgram: "",
            isolationAllowed: [],
            cgroupManagers: [], description: "")
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

    private func openRegistry() throws -> Registry {
        do {
            return try Registry(directory: options.stateDirectory + "/registry")
        } catch {
            throw StartupError("the registry of vendors can't be used: \(error.message)")
        }
    }

    /// Serves the operator always, and agents where the platform has a certificate to show them.
    private func makeServer(
        _ core: PlatformCore, _ office: VendorOffice, _ accounts: VendorAccounts, _ desk: ProtectionDesk?,
        _ integrity: IntegrityDesk?
    ) throws -> APIServer {
        var configuration = APIServer.Configuration(socketPath: options.socketPath)
        configuration.peerPolicy = .rootOnly
        configuration.accounts = accounts
        configuration.protection = desk
        configuration.integrity = integrity
        do {
            configuration.agents = APIServer.Agents(
                socketPath: options.agentSocketPath, credentials: try office.serverCredentials(), admission: office)
        } catch {
            logger.error("agents aren't served", metadata: ["reason": "\(error.message)"])
        }
        return try APIServer(platform: core, administration: office, configuration: configuration, logger: logger)
    }

    private func openSession() throws -> KernelSession {
        try KernelSession.open(
            ceiling: options.ceiling, gateMounts: options.gateMounts, ringBytes: options.ringBytes,
            verified: VerifiedPrograms(stateDirectory: options.stateDirectory))
    }
}
