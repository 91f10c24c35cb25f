// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import Glibc
public import LinuxSystem
import Synchronization

/// Has the checks look: at start, when something was loaded or attached, at moments that nobody can foresee, and when asked.
///
/// ## Concurrency model
/// All checks look on one thread (`run`), one look after another: while a violation is being made sure of, other checks look.
/// What they came to, and who waits for a scan, is behind a mutex.
public final class IntegrityMonitor: Sendable {
    /// What happens outside, told on the monitor's thread.
    public struct Reports: Sendable {
        /// Findings that are new, have changed or have ended.
        public var changed: @Sendable ([Finding]) -> Void
        /// Called at least every two seconds while the thread runs, and between checks.
        public var alive: @Sendable () -> Void
        /// A check couldn't look.
        public var failed: @Sendable (_ check: String, _ reason: String) -> Void

        public init(
            changed: @escaping @Sendable ([Finding]) -> Void, alive: @escaping @Sendable () -> Void = {},
            failed: @escaping @Sendable (_ check: String, _ reason: String) -> Void
        ) {
            self.changed = changed
            self.alive = alive
            self.failed = failed
        }
    }

    private struct Request {
        var number: UInt64
        /// When it was made, nanoseconds of `Clock.boot`.
        var time: UInt64
        var checks: Set<String>
        /// Those that have begun to look since it was made.
        var begun: Set<String> = []
        var completed = 0
        var progress: AsyncStream<ScanProgress>.Continuation
        var total: Int
    }

    private struct State {
        /// Since when somebody waits for a check.
        var wanted: [String: UInt64] {
            var wanted: [String: UInt64] = [:]
            for request in requests {
                for check in request.checks { wanted[check] = min(wanted[check] ?? .max, request.time) }
            }
            return wanted
        }

        var store: FindingStore
        var checks: [String: IntegrityStatus.Check]
        var explained: [String: [ExplainedChange]] = [:]
        var requests: [Request] = []
        var lastRequest: UInt64 = 0
        var processorTime: UInt64 = 0
        var isStopping = false
    }

    private let view: KernelView
    private let checks: [any IntegrityCheck]
    public let settings: IntegritySettings
    private let reports: Reports
    private let state: Mutex<State>
    private let wakeUp: WakeUp
    private let since = Clock.wall()

    /// Nanoseconds between looks at the signs that something was loaded.
    private static let tick: UInt64 = 1_000_000_000
    /// Nanoseconds between two scans that were set off by such signs.
    private static let triggerPause: UInt64 = 3_000_000_000

    /// - Parameter kept: findings of this boot that an earlier monitor has kept.
    public init(
        _ facts: KernelFacts, checks: [any IntegrityCheck] = CheckCatalogue.make(), settings: IntegritySettings,
        kept: [Finding] = [], reports: Reports
    ) throws(Errno) {
        view = KernelView(facts)
        self.checks = checks
        self.settings = settings
        self.reports = reports
        wakeUp = try WakeUp()
        let statuses = checks.map { check in
            (
                check.name,
                IntegrityStatus.Check(
                    name: check.name, covers: check.covers, isFull: check.pace == .full,
                    response: settings.response(of: check.name))
            )
        }
        state = Mutex(
            State(
                // Ids grow through one boot, whoever counts.
                store: FindingStore(kept: kept, firstID: (Clock.boot() / 1_000_000) << 8),
                checks: Dictionary(uniqueKeysWithValues: statuses)))
    }

    // MARK: The thread

    /// Looks until `stop` is called.
    public func run() {
        var signs = ChangeSigns(view.facts)
        var due = Dictionary(uniqueKeysWithValues: checks.map { ($0.name, UInt64(0)) })
        // What is being made sure of.
        var scans: [String: Scan] = [:]
        var lastTrigger: UInt64 = 0
        var isTriggered = false
        while true {
            reports.alive()
            let (isStopping, wanted) = state.withLock { ($0.isStopping, $0.wanted) }
            if isStopping { return end() }
            if (try? signs.haveChanged(in: view.memory)) ?? false { isTriggered = true }
            let now = Clock.boot()
            if isTriggered, now >= lastTrigger + Self.triggerPause {
                for check in checks where check.pace == .fast { due[check.name] = min(due[check.name]!, now) }
                lastTrigger = now
                isTriggered = false
            }
            // Whose turn came first, whether by time or because somebody asked: who asks in a loop, or loads and unloads in
            // one, keeps no other check from looking.
            let turns = checks.map { check in
                let time = scans[check.name]?.progress?.next ?? min(due[check.name]!, wanted[check.name] ?? .max)
                return (check: check, time: time)
            }
            if let check = turns.filter({ $0.time <= now }).min(by: { $0.time < $1.time })?.check {
                // A sign that something was loaded, which comes while it is made sure of, has it look anew.
                if scans[check.name] == nil { due[check.name] = .max }
                let scan = look(check, scans[check.name])
                guard scan.progress?.next == nil else {
                    scans[check.name] = scan
                    continue
                }
                scans[check.name] = nil
                let pause = settings.pause(
                    of: check.pace, lasting: scan.progress?.longestLook ?? scan.duration, draw: Double.random(in: 0...1)
                )
                due[check.name] = min(due[check.name]!, scan.begin + pause)
                continue
            }
            wakeUp.wait(until: min(now + Self.tick, turns.map(\.time).min() ?? .max))
        }
    }

    public func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.call()
    }

    private func end() {
        let requests = state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
        for request in requests { request.progress.finish() }
    }

    /// One check's scan, which goes on while others look.
    private struct Scan {
        /// When it began, nanoseconds of `Clock.boot`.
        let begin = Clock.boot()
        /// How long its looks took.
        var duration: UInt64 = 0
        /// `nil` where it can't look.
        var progress: IntegrityScan.Progress?
    }

    /// Begins a scan, or goes on with one; what it came to is told with its last look.
    private func look(_ check: any IntegrityCheck, _ former: Scan?) -> Scan {
        if former == nil { tellBegin(of: check.name) }
        var scan = former ?? Scan()
        let processor = Self.processorTime()
        let begin = Clock.boot()
        var result = CheckResult()
        // What was found stays where it can't look: not to see it again isn't to see that it is gone, nor that it is there.
        var hasLooked = true
        let isKnown = { identity in self.state.withLock { $0.store.isOpen(identity, of: check.name) } }
        do {
            if var progress = scan.progress.take() {
                try IntegrityScan(view).goOn(&progress, check, isKnown: isKnown)
                scan.progress = progress
            } else {
                scan.progress = try IntegrityScan(view).begin(check, isKnown: isKnown)
            }
            result = scan.progress!.result
        } catch {
            reports.failed(check.name, error.description)
            hasLooked = false
            result.gaps = [error.description]
        }
        let now = Clock.wall()
        let used = Self.processorTime() - processor
        scan.duration += Clock.boot() - begin
        guard scan.progress?.next == nil else {
            state.withLock { $0.processorTime += used }
            return scan
        }
        let (changes, status) = state.withLock { [result, hasLooked, scan] state in
            let changes =
                hasLooked
                ? state.store.take(
                    result.observations, of: check.name, response: settings.response(of: check.name), at: now) : []
            state.processorTime += used
            state.explained[check.name] = result.explained
            var status = state.checks[check.name]!
            status.looks += 1
            status.lastLook = now
            status.duration = scan.duration
            status.extent = result.extent
            status.baseline = result.baseline ?? ""
            status.gaps = result.gaps
            status.violations = state.store.openViolations(of: check.name)
            status.explained = result.explained.reduce(0) { $0 + $1.places }
            state.checks[check.name] = status
            return (changes, status)
        }
        if !changes.isEmpty { reports.changed(changes) }
        tellEnd(of: status)
        return scan
    }

    private func tellBegin(of check: String) {
        state.withLock { state in
            for index in state.requests.indices where state.requests[index].checks.contains(check) {
                state.requests[index].begun.insert(check)
                let request = state.requests[index]
                request.progress.yield(
                    ScanProgress(.begun(check), completed: request.completed, total: request.total))
            }
        }
    }

    private func tellEnd(of check: IntegrityStatus.Check) {
        let complete = state.withLock { state in
            for index in state.requests.indices where state.requests[index].begun.contains(check.name) {
                guard state.requests[index].checks.remove(check.name) != nil else { continue }
                state.requests[index].completed += 1
                let request = state.requests[index]
                request.progress.yield(ScanProgress(.done(check), completed: request.completed, total: request.total))
            }
            defer { state.requests.removeAll { $0.checks.isEmpty } }
            return state.requests.filter { $0.checks.isEmpty }
        }
        // Not under the lock: its end is told to `forget`.
        for request in complete { request.progress.finish() }
    }

    /// Nobody waits for a request any more.
    private func forget(_ request: UInt64) {
        state.withLock { state in state.requests.removeAll { $0.number == request } }
    }

    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: Asking

    /// Names of the checks, in order.
    public var checkNames: [String] { checks.map(\.name) }

    /// Has checks look now; those that aren't known are left out. Who lets go of the stream is forgotten.
    ///
    /// - Returns: how far it is, until all have looked or the monitor stops.
    public func scan(_ names: Set<String>) -> AsyncStream<ScanProgress> {
        let known = names.intersection(checkNames)
        let (stream, continuation) = AsyncStream.makeStream(of: ScanProgress.self)
        let number = state.withLock { state -> UInt64? in
            if known.isEmpty || state.isStopping { return nil }
            state.lastRequest += 1
            state.requests.append(
                Request(
                    number: state.lastRequest, time: Clock.boot(), checks: known, progress: continuation,
                    total: known.count))
            return state.lastRequest
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number) }
        wakeUp.call()
        return stream
    }

    /// All that are kept, in order of their ids.
    public var findings: [Finding] { state.withLock { $0.store.findings } }

    /// What the kernel itself has changed, as the last look of a check saw it.
    public func explained(by check: String) -> [ExplainedChange] { state.withLock { $0.explained[check] ?? [] } }

    public func status(isIsolated: Bool) -> IntegrityStatus {
        state.withLock { state in
            IntegrityStatus(
                checks: checks.map { state.checks[$0.name]! }, fastMaximum: settings.fastMaximum,
                fullMaximum: settings.fullMaximum, since: since, processorTime: state.processorTime,
                baseline: view.facts.baseline.origin, isIsolated: isIsolated)
        }
    }
}
