// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import KernelABI
import KernelPrograms
import LinuxSystem
import Logging
import PolicyCompiler
import PolicyInstaller
import Sensor
import Sessions

/// The running platform as the API sees it: policies compiled, installed and stored in one order, status, events.
///
/// ## Concurrency model
/// An actor: changes of policy happen one after another. Events don't pass through it (`EventHub`), decisions neither
/// (the kernel; the gate reads `gateTables`).
actor PlatformCore: Platform {
    static let version = "0.1.0"

    private let session: KernelSession
    private let machine: PolicyCoverage
    private let installer: PolicyInstaller
    private let store: PolicyStore
    private let sensor: Sensor
    private let hub: EventHub
    private let book: RuleBook
    private let gateTables: GateTables
    private let logger: Logger
    private let startedAt = Clock.wall()
    private var installed: [InstalledPolicy] = []
    /// The one in force.
    private var generation: UInt64
    /// The last number given to one: none is used twice, even if the daemon dies between two steps.
    private var lastGeneration: UInt64
    private var ready = false

    init(
        session: KernelSession, machine: PolicyCoverage, store: PolicyStore, sensor: Sensor, hub: EventHub,
        book: RuleBook,
        gateTables: GateTables, logger: Logger
    ) throws {
        self.session = session
        self.machine = machine
        self.installer = PolicyInstaller(
            kernel: session.object, map: KernelMap.policy.rawValue, digests: KernelMap.digests.rawValue)
        self.store = store
        self.sensor = sensor
        self.hub = hub
        self.book = book
        self.gateTables = gateTables
        self.logger = logger
        self.generation = try session.control().generation
        self.lastGeneration = generation
    }

    // MARK: Start

    /// Puts the stored policies in force; called before anything is attached.
    func installStored() throws {
        installed = try store.load()
        let tables = try Self.compile(installed)
        // What is still in a ring that a dead daemon left was decided by these same policies.
        if generation > 0 { book.add(generation: generation, names: tables.names) }
        try put(tables)
        for policy in installed {
            for complaint in machine.complaints(about: policy.policy) {
                logger.error("policy is stored but not fully in force", metadata: ["reason": "\(complaint)"])
            }
        }
    }

    func setReady() { ready = true }

    /// Ends enforcement: from the return on no rule decides. What is stored stays. Detaching alone isn't enough: the
    /// kernel lets go of an unpinned link some milliseconds later, when its RCU grace period has passed.
    func lift() {
        do {
            try put(try PolicyCompiler.compile([], limits: .kernel))
        } catch {
            logger.warning(
                "rules decide until the kernel has let go of the programs", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Platform

    func status() -> PlatformStatus {
        let counters = try? sensor.counters()
        return PlatformStatus(
            ready: ready, version: Self.version, tier: machine.report.tier, sealed: false,
            kernel: machine.report.kernel,
            pid: ProcFS.ownPID(), startedAt: startedAt, generation: generation, policies: installed.count,
            rules: installed.reduce(0) { $0 + $1.policy.rules.count }, vendors: 0, processes: sensor.processCount,
            events: EventCounts(
                delivered: sensor.delivered, lost: counters?.lostTotal ?? 0,
                denied: (counters?.deniedTotal ?? 0) + gateTables.denied, unresolvable: counters?.unresolvable ?? 0))
    }

    func coverage() -> Coverage { machine.report }

    func policies() -> [InstalledPolicy] { installed }

    func processes() -> [Process] { sensor.processes }

    func subscribe(_ filter: EventFilter) throws(PlatformError) -> any EventSubscription {
        try hub.subscribe(filter)
    }

    func apply(_ policies: [Policy]) throws(PlatformError) -> PolicyReceipt {
        for policy in policies where policy.whenUncovered == .refuse {
            if let complaint = machine.complaints(about: policy).first {
                throw PlatformError(.policyNotCovered, complaint)
            }
        }
        let names = Set(policies.map(\.name))
        guard names.count == policies.count else {
            throw PlatformError(.policyInvalid, "two policies of one request have the same name: rename one")
        }
        let now = Clock.wall()
        var next = installed
        for policy in policies {
            let entry = InstalledPolicy(policy: policy, installedAt: now)
            if let index = next.firstIndex(where: { $0.policy.name == policy.name }) {
                next[index] = entry
            } else {
                next.append(entry)
            }
        }
        var receipt = try change(to: next, what: "applied \(names.sorted().joined(separator: ", "))")
        receipt.notes += policies.flatMap(machine.complaints)
        return receipt
    }

    func remove(policy name: String) throws(PlatformError) -> PolicyReceipt {
        guard installed.contains(where: { $0.policy.name == name }) else {
            throw PlatformError(
                .policyNotFound, "there is no policy '\(name)': `sallyport policy list` shows their names")
        }
        return try change(to: installed.filter { $0.policy.name != name }, what: "removed \(name)")
    }

    // MARK: Change

    /// Compile, install, store. The kernel is asked before the disk: what is on disk has been in force. A failed store
    /// puts the former policies back.
    private func change(to next: [InstalledPolicy], what: String) throws(PlatformError) -> PolicyReceipt {
        let began = ContinuousClock.now
        let tables: PolicyTables
        do {
            tables = try Self.compile(next)
        } catch {
            throw PlatformError(Self.code(of: error), "\(error)")
        }
        do {
            try put(tables)
        } catch {
            throw PlatformError(.installFailed, "\(error): the policies in force are unchanged")
        }
        do {
            try store.save(next)
        } catch {
            let former = try? Self.compile(installed)
            if let former { try? put(former) }
            throw PlatformError(
                .storageFailed,
                "the policies couldn't be stored (\(error)): make room and try again; the former policies stay in force"
            )
        }
        installed = next
        let took = ContinuousClock.now - began
        logger.notice(
            "policy changed",
            metadata: [
                "what": "\(what)", "generation": "\(generation)", "milliseconds": "\(Int(took / .milliseconds(1)))",
            ])
        return PolicyReceipt(
            generation: generation, policies: installed.count, rules: tables.statistics.rules,
            patterns: tables.statistics.patterns, states: tables.statistics.states, notes: tables.notes)
    }

    private func put(_ tables: PolicyTables) throws {
        // The digests of the one in force are in the half of their map that its parity says.
        let next = lastGeneration + ((lastGeneration + 1) % 2 == generation % 2 ? 2 : 1)
        lastGeneration = next
        try session.setGeneration(next)
        // Names first: an event of the new generation may be read at once.
        book.add(generation: next, names: tables.names)
        // The hooks that the new policy needs are there before it is, those that only the old one needed go after it.
        let decided = session.tier == .enforce ? tables.decidedOperations : []
        try session.hooks.prepare(policyOn: decided, wantsDigests: tables.asksForDigests)
        try installer.install(tables, generation: next)
        session.hooks.settle(policyOn: decided, wantsDigests: tables.asksForDigests)
        gateTables.replace(tables, generation: next)
        generation = next
    }

    private static func code(of error: PolicyCompilerError) -> PlatformError.Code {
        switch error {
        case .invalid: .policyInvalid
        case .limit: .policyLimit
        }
    }

    /// Names of users and groups are looked up each time: they may have come or gone since.
    private static func compile(_ policies: [InstalledPolicy]) throws(PolicyCompilerError) -> PolicyTables {
        let policies = policies.map(\.policy)
        return try PolicyCompiler.compile(policies, accounts: accounts(of: policies), limits: .kernel)
    }

    private static func accounts(of policies: [Policy]) -> AccountDirectory {
        var directory = AccountDirectory()
        for condition in policies.flatMap(\.fieldConditions) {
            switch condition {
            case .user(let accounts):
                for case .name(let name) in accounts { directory.users[name] = AccountNames.user(named: name) }
            case .group(let accounts):
                for case .name(let name) in accounts { directory.groups[name] = AccountNames.group(named: name) }
            default: break
            }
        }
        return directory
    }
}
