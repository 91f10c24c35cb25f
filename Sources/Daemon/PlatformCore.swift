// SPDX-License-Identifier: Apache-2.0

import Arbitration
import BPFRuntime
import EndpointModel
import Gate
import KernelABI
import KernelPrograms
import LinuxSystem
import Logging
import PolicyCompiler
import PolicyInstaller
import Sensor
import Sessions
import Subscribers

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
    private let marks: GateMarks
    /// What policies in force have held.
    private var held: GatedOperations = []
    /// Whether anything can be held by now.
    private var mayHold = false
    private let arbiter: Arbiter
    private let office: VendorOffice
    private let accounts: VendorAccounts
    private let arbitrationLimits: ArbitrationLimits
    /// Whether the platform is sealed, and what then still changes the site's policies.
    private let isSealed: @Sendable () -> Bool
    private let sealedPolicy: SealedPolicy
    private let policyAuthority: PolicyAuthority
    private let logger: Logger
    nonisolated let boot = ProcFS.bootID()
    private let startedAt = Clock.wall()
    private var installed: [InstalledPolicy] = []
    /// The version of the last signed bundle.
    private var bundleVersion: UInt64 = 0
    /// The one in force.
    private var generation: UInt64
    /// The last number given to one: none is used twice, even if the daemon dies between two steps.
    private var lastGeneration: UInt64
    private var ready = false
    /// Vendors whose rules are in force.
    private var activeVendors: Set<String>
    /// Records that former daemons' programs made.
    private let firstSequence: UInt64

    init(
        session: KernelSession, machine: PolicyCoverage, store: PolicyStore, sensor: Sensor, hub: EventHub,
        book: RuleBook, gateTables: GateTables, marks: GateMarks, arbiter: Arbiter, office: VendorOffice,
        accounts: VendorAccounts, arbitrationLimits: ArbitrationLimits, isSealed: @escaping @Sendable () -> Bool,
        sealedPolicy: SealedPolicy, policyAuthority: PolicyAuthority, logger: Logger
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
        self.marks = marks
        self.arbiter = arbiter
        self.office = office
        self.accounts = accounts
        self.arbitrationLimits = arbitrationLimits
        self.activeVendors = office.activeVendors
        self.isSealed = isSealed
        self.sealedPolicy = sealedPolicy
        self.policyAuthority = policyAuthority
        self.logger = logger
        self.generation = try session.control().generation
        self.lastGeneration = generation
        self.firstSequence = try session.control().sequence
    }

    // MARK: Start

    /// Puts the stored policies in force; called before anything is attached.
    func installStored() throws {
        let stored = try store.load()
        installed = stored.policies
        bundleVersion = stored.bundle
        accounts.note(installed.map(\.policy), vendors: Set(installed.map(\.policy.vendor)))
        let tables = try compile(installed)
        // What is still in a ring that a dead daemon left was decided by these same policies.
        if generation > 0 { book.add(generation: generation, names: tables.names) }
        try put(tables)
        for policy in installed {
            for complaint in machine.complaints(about: policy.policy) {
                logger.error("policy is stored but not fully in force", metadata: ["reason": "\(complaint)"])
            }
        }
    }

    /// Holds what the stored policies ask about; called once the gate has its owner.
    func holdAsked() {
        mayHold = true
        guard let tables = try? compile(installed) else { return }
        let wanted = asked(by: tables)
        do {
            for note in try marks.hold(wanted) { logger.warning("\(note)") }
            held = wanted
        } catch {
            logger.error("rules that ask let everything pass", metadata: ["reason": "\(error.message)"])
        }
    }

    func setReady() { ready = true }

    /// Ends enforcement: from the return on no rule decides. What is stored stays. Detaching alone isn't enough: the
    /// kernel lets go of an unpinned link some milliseconds later, when its RCU grace period has passed.
    func lift() {
        // The gate has ended before.
        mayHold = false
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
            ready: ready, version: Self.version, tier: machine.report.tier, sealed: isSealed(),
            kernel: machine.report.kernel,
            pid: ProcFS.ownPID(), startedAt: startedAt, generation: generation, policies: installed.count,
            rules: installed.reduce(0) { $0 + $1.policy.rules.count }, vendors: activeVendors.count,
            processes: sensor.processCount,
            events: EventCounts(
                delivered: ((try? session.control().sequence) ?? 0) &- firstSequence,
                lost: (counters?.lostTotal ?? 0) + (counters?.undeliveredTotal ?? 0),
                denied: (counters?.deniedTotal ?? 0) + gateTables.denied, unresolvable: counters?.unresolvable ?? 0),
            policyBundle: bundleVersion)
    }

    func coverage() -> Coverage { machine.report }

    func policies() -> [InstalledPolicy] { installed }

    func processes() -> [Process] { sensor.processes }

    func subscribe(_ filter: EventFilter) async throws(PlatformError) -> any EventSubscription {
        try await hub.subscribe(filter)
    }

    func handOver(_ filter: EventFilter, to pid: Int32) async throws(PlatformError) -> RingOffer {
        try await hub.handOver(filter, to: pid)
    }

    func apply(_ policies: [Policy], by caller: CallerIdentity) throws(PlatformError) -> PolicyReceipt {
        for policy in policies where policy.whenUncovered == .refuse {
            if let complaint = machine.complaints(about: policy).first {
                throw PlatformError(.policyNotCovered, complaint)
            }
        }
        for policy in policies where policy.vendor != "site" && !activeVendors.contains(policy.vendor) {
            throw PlatformError(
                .policyInvalid,
                "policy '\(policy.name)' is of vendor '\(policy.vendor)', which isn't registered here, or is suspended: its"
                    + " rules would not be in force. Register it by sallyport vendor enroll, or write vendor: site")
        }
        if sealedPolicy == .frozen, let policy = policies.first(where: { $0.vendor == "site" }) {
            try refuseSealed("added", policy.name)
        }
        // A new policy takes nothing from those in force: a deny of any policy stands.
        for policy in policies
        where installed.contains(where: { $0.policy.name == policy.name && $0.policy.vendor == "site" }) {
            try refuseSealed("replaced", policy.name)
        }
        // Here and not in the service: nothing comes between the look and the change.
        for policy in policies {
            guard case .vendor(let vendor) = caller,
                let owner = installed.first(where: { $0.policy.name == policy.name })?.policy.vendor,
                owner != vendor.name
            else { continue }
            throw PlatformError(
                .policyInvalid,
                "the name '\(policy.name)' is taken by a policy of somebody else's: choose another one, such as"
                    + " \(vendor.name).\(policy.name)")
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
        try accounts.check(next.map(\.policy), by: caller)
        var receipt = try change(to: next, what: "applied \(names.sorted().joined(separator: ", "))")
        receipt.notes += policies.flatMap(machine.complaints)
        return receipt
    }

    func apply(_ signed: SignedPolicyBundle) throws(PlatformError) -> PolicyReceipt {
        if sealedPolicy == .frozen { try refuseSealed("replaced", "") }
        let bundle = try policyAuthority.opened(signed, isSealed: isSealed())
        guard bundle.version > bundleVersion else {
            throw PlatformError(
                .bundleRefused,
                "the bundle has version \(bundle.version), and \(bundleVersion) has been in force: sign it"
                    + " with a higher one")
        }
        let others = installed.filter { $0.policy.vendor != "site" }
        for policy in bundle.policies {
            if policy.whenUncovered == .refuse, let complaint = machine.complaints(about: policy).first {
                throw PlatformError(.policyNotCovered, complaint)
            }
            if others.contains(where: { $0.policy.name == policy.name }) {
                throw PlatformError(
                    .policyInvalid, "the name '\(policy.name)' is taken by a vendor's policy: choose another one")
            }
        }
        let now = Clock.wall()
        let next = bundle.policies.map { InstalledPolicy(policy: $0, installedAt: now) } + others
        var receipt = try change(to: next, bundle: bundle.version, what: "applied bundle \(bundle.version)")
        receipt.notes += bundle.policies.flatMap(machine.complaints)
        return receipt
    }

    func remove(policy name: String, by caller: CallerIdentity) throws(PlatformError) -> PolicyReceipt {
        let owner = installed.first { $0.policy.name == name }?.policy.vendor
        var isVisible = owner != nil
        if case .vendor(let vendor) = caller { isVisible = owner == vendor.name }
        guard isVisible else {
            throw PlatformError(
                .policyNotFound, "there is no policy '\(name)': `sallyport policy list` shows their names")
        }
        if owner == "site" { try refuseSealed("removed", name) }
        return try change(to: installed.filter { $0.policy.name != name }, what: "removed \(name)")
    }

    func process(_ identity: ProcessIdentity) -> (process: Process, ancestors: [Process])? {
        guard let process = sensor.process(pid: identity.pid),
            identity.startTime == 0 || identity.startTime == process.identity.startTime
        else { return nil }
        let ancestors = Lineage.of(identity.pid, in: sensor).dropFirst().compactMap { sensor.process(pid: $0.pid) }
        return (process, ancestors)
    }

    nonisolated func authorise(
        _ authorisation: Authorisation, for caller: Caller
    ) async throws(PlatformError) -> any AuthoriserSession {
        try arbiter.join(authorisation, for: caller)
    }

    nonisolated func flushVerdicts(of caller: CallerIdentity) -> UInt64 {
        switch caller {
        case .site: arbiter.flush(vendor: nil)
        case .vendor(let vendor): arbiter.flush(vendor: vendor.name)
        }
    }

    nonisolated var limits: [NamedLimit] {
        let limits = arbitrationLimits
        return [
            NamedLimit("subscribers", SubscriberTable.maxSubscribers, "subscriptions"),
            NamedLimit("authorisers", limits.authorisers, "agents"),
            NamedLimit("deadline-minimum", Int(limits.deadlines.lowerBound / 1_000_000), "milliseconds"),
            NamedLimit("deadline-maximum", Int(limits.deadlines.upperBound / 1_000_000), "milliseconds"),
        ]
    }

    /// What the site has decided stands until the machine is started again.
    private func refuseSealed(_ what: String, _ name: String) throws(PlatformError) {
        guard isSealed() else { return }
        throw PlatformError(
            .sealed,
            sealedPolicy == .frozen
                ? "the platform is sealed and its policies are frozen: nothing of the site's can be \(what) before the"
                    + " machine is started again without the seal"
                : "the platform is sealed: policy '\(name)' can't be \(what) but by a bundle that the site's authority signed"
                    + " (sallyport policy sign, policy apply --bundle). Policies of other names can be added: a deny of any"
                    + " policy stands")
    }

    // MARK: Vendors

    /// Takes rules of vendors out of force, or puts them in again, if who is active has changed.
    func vendorsChanged() {
        let active = office.activeVendors
        guard active != activeVendors else { return }
        let former = activeVendors
        activeVendors = active
        let concerned = active.symmetricDifference(former)
        guard installed.contains(where: { concerned.contains($0.policy.vendor) }) else { return }
        do {
            try put(try compile(installed))
            logger.notice(
                "rules of vendors changed",
                metadata: ["vendors": "\(concerned.sorted().joined(separator: " "))", "generation": "\(generation)"])
        } catch {
            // Tried again in a second.
            activeVendors = former
            logger.critical(
                "rules of a vendor that may not use the API any more couldn't be withdrawn",
                metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Change

    /// Compile, install, store. The kernel is asked before the disk: what is on disk has been in force. A failed store
    /// puts the former policies back.
    ///
    /// - Parameter bundle: the version of the signed bundle that the site's policies come from, if it is a new one.
    private func change(
        to next: [InstalledPolicy], bundle: UInt64? = nil, what: String
    ) throws(PlatformError) -> PolicyReceipt {
        let began = ContinuousClock.now
        let tables: PolicyTables
        do {
            tables = try compile(next)
        } catch {
            throw PlatformError(Self.code(of: error), "\(error)")
        }
        let notes: [String]
        do {
            notes = try put(tables)
        } catch {
            // Such as that nothing can be held.
            if let refusal = error as? PlatformError { throw refusal }
            throw PlatformError(.installFailed, "\(error): the policies in force are unchanged")
        }
        do {
            try store.save(next, bundle: bundle ?? bundleVersion)
        } catch {
            throw PlatformError(
                .storageFailed,
                "the policies couldn't be stored (\(error)): make room and try again; \(returned())")
        }
        accounts.note(next.map(\.policy), vendors: Set((installed + next).map(\.policy.vendor)))
        installed = next
        bundleVersion = bundle ?? bundleVersion
        let took = ContinuousClock.now - began
        logger.notice(
            "policy changed",
            metadata: [
                "what": "\(what)", "generation": "\(generation)", "milliseconds": "\(Int(took / .milliseconds(1)))",
            ])
        return PolicyReceipt(
            generation: generation, policies: installed.count, rules: tables.statistics.rules,
            patterns: tables.statistics.patterns, states: tables.statistics.states, notes: tables.notes + notes)
    }

    /// Puts what is stored into force again, where what came after it couldn't be stored. - Returns: what is in force.
    private func returned() -> String {
        do {
            try put(try compile(installed))
            return "the former policies stay in force"
        } catch {
            logger.critical(
                "policies are in force that aren't stored: the former ones couldn't be put back",
                metadata: ["reason": "\(error)"])
            return
                "the new ones are in force, as the former couldn't be put back (\(error)), until sallyportd is started again"
        }
    }

    /// - Returns: sentences worth reading, such as where nothing can be held.
    @discardableResult private func put(_ tables: PolicyTables) throws -> [String] {
        // The digests of the one in force are in the half of their map that its parity says.
        let next = lastGeneration + ((lastGeneration + 1) % 2 == generation % 2 ? 2 : 1)
        lastGeneration = next
        try session.setGeneration(next)
        // Names first: an event of the new generation may be read at once.
        book.add(generation: next, names: tables.names)
        // The hooks that the new policy needs are there before it is, those that only the old one needed go after it.
        let decided = session.tier == .enforce ? tables.decidedOperations : []
        // A rule that asks lets pass in the kernel: what it asks about is held before, and until it doesn't any more.
        let wanted = asked(by: tables)
        let notes = mayHold ? try marks.hold(wanted) : []
        gateTables.prepare(tables, generation: next)
        // Nothing passes from here on by what agents said: a rule may ask about it.
        if gateTables.ask { marks.flush(.policyChange) }
        do {
            try session.hooks.prepare(policyOn: decided, wantsDigests: tables.asksForDigests)
            try installer.install(tables, generation: next)
        } catch {
            gateTables.cancel()
            if mayHold { marks.release(wanted) }
            throw error
        }
        session.hooks.settle(policyOn: decided, wantsDigests: tables.asksForDigests)
        gateTables.settle(tables, generation: next)
        arbiter.rules(deny: tables.asking.values.contains { $0.onTimeout == .deny })
        if mayHold {
            marks.release(held)
            held = wanted
        }
        arbiter.policyChanged()
        generation = next
        return notes
    }

    /// What rules ask about, as far as this machine can hold it.
    private func asked(by tables: PolicyTables) -> GatedOperations {
        GatedOperations(tables.heldOperations.intersection(machine.askable), access: tables.heldAccess)
    }

    private static func code(of error: PolicyCompilerError) -> PlatformError.Code {
        switch error {
        case .invalid: .policyInvalid
        case .limit: .policyLimit
        }
    }

    /// Names of users and groups are looked up each time: they may have come or gone since.
    /// The rules of a vendor that is suspended or gone stay stored, and out of force.
    private func compile(_ policies: [InstalledPolicy]) throws(PolicyCompilerError) -> PolicyTables {
        let policies = policies.map(\.policy).filter { $0.vendor == "site" || activeVendors.contains($0.vendor) }
        return try PolicyCompiler.compile(
            policies, accounts: Self.accounts(of: policies), limits: .kernel,
            asking: !machine.askable.isEmpty)
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
