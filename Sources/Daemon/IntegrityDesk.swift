// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import LinuxSystem
import Logging
import Sessions
import Synchronization

/// What watches the kernel's integrity: the monitor on a thread of its own, its findings kept for this boot, who is told of
/// them, and what is done about them.
///
/// ## Concurrency model
/// The thread `integrity` prepares the monitor and runs it; readers wait until it is there. Who is told is behind a mutex.
final class IntegrityDesk: IntegrityPlatform, Sendable {
    struct Options: Sendable {
        var settings: IntegritySettings
        /// Where the kernel lies on disk; `nil` is `/boot/vmlinuz-RELEASE`.
        var image: String?
        var stateDirectory: String
        /// What may be executed while the machine is isolated, beside the platform's own.
        var isolationAllowed: [String]
    }

    /// What of it is the business of the platform's protection.
    struct Guarding: Sendable {
        /// Notes this process's BPF objects as the platform's own.
        var takeOwn: @Sendable () -> Void = {}
        var isSealed: @Sendable () -> Bool = { false }
    }

    private enum Phase {
        case starting
        case watching(KernelFacts, IntegrityMonitor)
        case failed(String)
    }

    private struct State {
        var phase = Phase.starting
        var isStopping = false
        var readers: [ObjectIdentifier: FindingQueue] = [:]
        var read = InspectionQuota()
    }

    private let options: Options
    private let guarding: Guarding
    private let responses = Mutex<IntegrityResponses?>(nil)
    private let file = Mutex<FindingFile?>(nil)
    private let logger: Logger
    private let state = Mutex(State())

    init(options: Options, guarding: Guarding, logger: Logger) {
        self.options = options
        self.guarding = guarding
        self.logger = logger
    }

    // MARK: The thread

    /// Watches until `stop` is called. Where the kernel can't be read it says so and returns: all else goes on.
    func run() {
        let monitor: IntegrityMonitor
        let file: FindingFile
        let writer: SystemThread
        do {
            file = try FindingFile(path: options.stateDirectory + "/integrity-findings", logger: logger)
            self.file.withLock { $0 = file }
            let facts = try KernelFacts.ofRunningKernel(image: options.image)
            let responses = IntegrityResponses(options, guarding, logger)
            self.responses.withLock { $0 = responses }
            monitor = try IntegrityMonitor(
                facts, checks: CheckCatalogue.make() + responses.checks, settings: options.settings, kept: file.load(),
                reports: IntegrityMonitor.Reports(
                    changed: { [unowned self] in changed($0) }, alive: { responses.beat() },
                    failed: { [logger] check, reason in
                        logger.error(
                            "a check of the kernel's integrity can't look",
                            metadata: ["check": "\(check)", "reason": "\(reason)"])
                    }))
            // The last that can fail, before anybody is told that there is a monitor.
            writer = try SystemThread(name: "findings") { file.run() }
            let isStopping = state.withLock { state in
                state.phase = .watching(facts, monitor)
                return state.isStopping
            }
            // Stopped before there was a monitor to stop: it lets go at once of who asks for a scan.
            if isStopping { monitor.stop() }
            logger.notice(
                "the kernel's integrity is watched",
                metadata: ["checks": "\(monitor.checkNames.count)", "baseline": "\(facts.baseline.origin)"])
        } catch {
            logger.error("the kernel's integrity isn't watched", metadata: ["reason": "\(error)"])
            state.withLock { $0.phase = .failed("\(error)") }
            return
        }
        monitor.run()
        file.stop()
        writer.join()
    }

    func stop() {
        let (monitor, readers) = state.withLock { state in
            state.isStopping = true
            let readers = Array(state.readers.values)
            if case .watching(_, let monitor) = state.phase { return (monitor as IntegrityMonitor?, readers) }
            return (nil, readers)
        }
        monitor?.stop()
        for reader in readers { reader.cancel() }
    }

    /// An orderly end: nothing of it stays in the kernel, unless that is sealed. After `stop`, and the thread's end.
    func withdraw() { responses.withLock { $0 }?.withdraw() }

    private func changed(_ findings: [Finding]) {
        for finding in findings { log(finding) }
        // Before anybody is told: a panic leaves no time for that, and shouldn't.
        responses.withLock { $0 }?.respond(to: findings)
        let readers = state.withLock { Array($0.readers.values) }
        for reader in readers { reader.add(findings) }
        guard findings.contains(where: { $0.severity > .explained }), let all = try? monitor().findings else { return }
        file.withLock { $0 }?.keep(all)
    }

    private func log(_ finding: Finding) {
        let level: Logger.Level =
            switch finding.severity {
            case _ where finding.ended != nil: .notice
            case .explained: .info
            case .weakness: .warning
            case .violation: .critical
            }
        logger.log(
            level: level, finding.ended == nil ? "integrity: \(finding.severity)" : "integrity: gone",
            metadata: [
                "check": "\(finding.check)", "id": "\(finding.id)", "what": "\(finding.summary)",
                "by": "\(finding.attribution.isEmpty ? "unknown" : finding.attribution)",
            ])
    }

    // MARK: IntegrityPlatform

    func findings() async throws(PlatformError) -> [Finding] { try await required().monitor.findings }

    func watchFindings() async throws(PlatformError) -> any FindingSubscription {
        let monitor = try await required().monitor
        let queue = FindingQueue { [weak self] queue in
            _ = self?.state.withLock { $0.readers.removeValue(forKey: ObjectIdentifier(queue)) }
        }
        // Entered before the open ones are looked up: nothing lies between.
        let isStopping = state.withLock { state in
            state.readers[ObjectIdentifier(queue)] = queue
            return state.isStopping
        }
        queue.begin(with: monitor.findings.filter { $0.ended == nil })
        if isStopping { queue.cancel() }
        return queue
    }

    func integrityStatus() async -> IntegrityStatus {
        if let monitor = await watching()?.monitor {
            return monitor.status(isIsolated: responses.withLock { $0 }?.isIsolated ?? false)
        }
        let reason = state.withLock { state in
            if case .failed(let reason) = state.phase { return reason }
            return "the platform stops"
        }
        return IntegrityStatus(
            checks: [], fastMaximum: options.settings.fastMaximum, fullMaximum: options.settings.fullMaximum, since: 0,
            processorTime: 0, baseline: "none: the kernel isn't watched, as \(reason)", isIsolated: false)
    }

    func scan(_ checks: Set<String>) async throws(PlatformError) -> AsyncStream<ScanProgress> {
        let monitor = try await required().monitor
        let names = monitor.checkNames
        if let unknown = checks.first(where: { !names.contains($0) }) {
            throw .noCheck(unknown)
        }
        return monitor.scan(checks.isEmpty ? Set(names) : checks)
    }

    func explained(by check: String?) async throws(PlatformError) -> [ExplainedChange] {
        let monitor = try await required().monitor
        return (check.map { [$0] } ?? monitor.checkNames).flatMap(monitor.explained)
    }

    func endIsolation() async throws(PlatformError) -> String? {
        _ = try await required()
        do {
            return try responses.withLock({ $0 })?.endIsolation()
        } catch {
            throw PlatformError(.sealed, error.description)
        }
    }

    func inspectionAreas() async throws(PlatformError) -> [InspectionArea] {
        let facts = try await required().facts
        do {
            return try KernelInspection(facts).areas()
        } catch {
            throw PlatformError(.installFailed, error.description)
        }
    }

    func inspect(
        _ area: String, from offset: UInt64, length: UInt64, for caller: Caller
    ) async throws(PlatformError) -> [InspectedPiece] {
        let facts = try await required().facts
        do {
            guard let part = try KernelInspection(facts).part(of: area, from: offset, length: length) else {
                throw PlatformError(
                    .areaNotFound, "there is no area '\(area)' now: sallyport inspect areas shows their names")
            }
            guard let wanted = part.count else {
                throw PlatformError(
                    .filterInvalid, "the area '\(area)' ends at \(part.areaSize), before what was asked for")
            }
            guard wanted <= KernelInspection.readLimit else {
                throw PlatformError(
                    .filterInvalid,
                    "\(wanted) bytes at once are more than inspection-bytes (\(KernelInspection.readLimit)): read parts"
                )
            }
            try state.withLock { state throws(PlatformError) in
                try state.read.take(part.cost, of: caller.identity, at: Clock.boot())
            }
            logger.notice(
                "kernel memory was read for somebody",
                metadata: [
                    "by": "\(caller.identity.name)", "pid": "\(caller.peer.pid)", "area": "\(area)",
                    "offset": "\(offset)", "length": "\(wanted)",
                ])
            return try part.read()
        } catch let error as PlatformError {
            throw error
        } catch {
            throw PlatformError(.installFailed, "\(error)")
        }
    }

    private func monitor() throws -> IntegrityMonitor {
        guard case .watching(_, let monitor) = state.withLock({ $0.phase }) else { throw CancellationError() }
        return monitor
    }

    /// Waits while the monitor is being prepared, a second or two; `nil` where there is none.
    private func watching() async -> (facts: KernelFacts, monitor: IntegrityMonitor)? {
        while true {
            let (phase, isStopping) = state.withLock { ($0.phase, $0.isStopping) }
            switch phase {
            case .watching(let facts, let monitor): return (facts, monitor)
            case .failed: return nil
            case .starting where isStopping: return nil
            case .starting: try? await Task.sleep(for: .milliseconds(50))
            }
            if Task.isCancelled { return nil }
        }
    }

    private func required() async throws(PlatformError) -> (facts: KernelFacts, monitor: IntegrityMonitor) {
        if let watching = await watching() { return watching }
        if case .failed(let reason) = state.withLock({ $0.phase }) {
            throw PlatformError(.notAvailable, "the kernel's integrity isn't watched here: \(reason)")
        }
        throw PlatformError(.stopping, "the platform is stopping; try again when it is back")
    }
}
