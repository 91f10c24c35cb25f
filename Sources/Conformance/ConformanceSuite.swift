// SPDX-License-Identifier: Apache-2.0

import Recording
import Replay

/// The checks that an agent is taken through: no root, no kernel. A new agent is started for most of them.
///
/// ## Concurrency model
/// `run` does one check after another in its own task, and returns when the last agent has ended.
public struct ConformanceSuite: Sendable {
    /// By when an agent has to be back after the platform is.
    public static let reconnectionLimit = Replay.patience
    /// By when it has to end after SIGTERM.
    public static let terminationLimit = Duration.seconds(5)

    private static let faults: [(ConformanceCheck, String)] = [
        (.survivesLate, "late=50%,200ms"), (.survivesLost, "lost=30%"), (.survivesDuplicated, "duplicated=50%"),
        (.survivesReordered, "reordered=50%,4"), (.survivesDeadline, "deadline=25%"),
        (.survivesOverflow, "overflow=10,20"),
    ]
    private static let crash = "crash=20,500ms"
    private static let versions: [(ConformanceCheck, LaterVersion)] = [
        (.ignoresUnknownFields, .fields), (.ignoresUnknownElements, .elements), (.ignoresUnknownValues, .values),
        (.ignoresUnknownOperations, .operations),
    ]

    private let agent: any ConformanceAgent
    private let checks: Set<ConformanceCheck>

    /// - Parameter checks: those that are wanted.
    public init(_ agent: any ConformanceAgent, checks: Set<ConformanceCheck> = Set(ConformanceCheck.allCases)) {
        self.agent = agent
        self.checks = checks
    }

    /// - Parameter each: gets each result as soon as it is known.
    /// - Returns: one for each check that is wanted, in the order of `ConformanceCheck`.
    /// - Throws: what starting the agent throws, or `each`.
    public func run(_ each: (ConformanceResult) throws -> Void = { _ in }) async throws -> [ConformanceResult] {
        var results: [ConformanceResult] = []
        func add(_ check: ConformanceCheck, _ outcome: ConformanceResult.Outcome) throws {
            guard checks.contains(check) else { return }
            let result = ConformanceResult(check, outcome)
            results.append(result)
            try each(result)
        }
        func survived(_ check: ConformanceCheck, _ failure: String?, detail: String = "") throws {
            try add(check, failure.map { .failed(reason: $0) } ?? .passed(detail: detail))
        }

        let plain = try await trial()
        let calls = plain.report.calls
        guard !calls.isEmpty else { return try refuse(plain, each) }
        let asks = calls.contains(.authorise)
        let listens = ConformanceResult.Outcome.notApplicable(reason: "it is asked nothing")
        try survived(.greets, plain.greeted ? nil : "it didn't call Platform.Greet")
        try survived(.connects, nil, detail: Self.words(calls))
        try asks
            ? survived(
                .answersInTime, plain.failure(calls, isStrict: true),
                detail: "\(plain.report.latencyMaximum / 1000) µs at most")
            : add(.answersInTime, listens)
        let patience = plain.termination == nil ? Duration.milliseconds(100) : Self.terminationLimit
        var answers = plain.report.excess
        for (check, fault) in Self.faults where checks.contains(check) {
            let trial = try await trial(fault: fault, expected: calls, patience: patience)
            try survived(check, trial.failure(calls, isStrict: false))
            // What is put twice may be answered twice.
            if check != .survivesDuplicated { answers += trial.report.excess }
        }
        if !checks.isDisjoint(with: [.survivesCrash, .reconnects]) {
            let crash = try await trial(fault: Self.crash, expected: calls, patience: patience)
            answers += crash.report.excess
            try survived(.survivesCrash, crash.failure(calls, isStrict: false))
            let back = crash.report.reconnections.last
            try survived(
                .reconnects, back == nil ? "it wasn't back within \(Self.reconnectionLimit.components.seconds) s" : nil,
                detail: "\((back ?? 0) / 1_000_000) ms")
        }
        for (check, version) in Self.versions where checks.contains(check) {
            guard version != .operations || plain.watchesEverything else {
                try add(check, .notApplicable(reason: "it watches the operations that it names"))
                continue
            }
            let trial = try await trial(as: version, expected: calls, patience: patience)
            answers += trial.report.excess
            try survived(check, trial.failure(calls, isStrict: true))
        }
        try asks
            ? survived(.answersOnce, answers == 0 ? nil : "\(answers) answers too many") : add(.answersOnce, listens)
        try survived(.endsOnTerminate, Self.termination(plain), detail: plain.termination.map(Self.milliseconds) ?? "")
        return results
    }

    /// Of an agent that does nothing there is nothing more to find out.
    private func refuse(
        _ trial: Trial, _ each: (ConformanceResult) throws -> Void
    ) throws -> [ConformanceResult] {
        let ending = trial.ending.map { "it ended: \($0)" }
        return try ConformanceCheck.allCases.filter(checks.contains).map { check in
            let outcome: ConformanceResult.Outcome =
                switch check {
                case .greets where trial.greeted: .passed(detail: "")
                case .greets: .failed(reason: ending ?? "it didn't call Platform.Greet")
                case .connects:
                    .failed(
                        reason: ending
                            ?? "it neither watches nor is asked within \(Replay.patience.components.seconds) s")
                default: .notApplicable(reason: "it doesn't connect")
                }
            let result = ConformanceResult(check, outcome)
            try each(result)
            return result
        }
    }

    private func trial(
        fault: String? = nil, as version: LaterVersion? = nil, expected: AgentCalls = [],
        patience: Duration = Self.terminationLimit
    ) async throws -> Trial {
        var faults = Faults()
        if let fault { precondition(faults.add(fault), "a fault of the suite itself") }
        let plan = FaultPlan(BuiltInRecording.elements, faults: faults, seed: 1)
        return try await Trial.run(
            agent, plan.followed(by: BuiltInRecording.after), as: version, expected: expected, patience: patience)
    }

    private static func termination(_ trial: Trial) -> String? {
        if trial.termination != nil { return nil }
        return trial.ending.map { "it had ended before: \($0)" } ?? "it went on, and was killed"
    }

    private static func words(_ calls: AgentCalls) -> String {
        [calls.contains(.watch) ? "watches" : nil, calls.contains(.authorise) ? "is asked" : nil]
            .compactMap { $0 }.joined(separator: ", ")
    }

    private static func milliseconds(_ duration: Duration) -> String { "\(Int(duration / .milliseconds(1))) ms" }
}

extension ReplayReport {
    /// Answers that nobody asked for.
    fileprivate var excess: Int { duplicates + unasked }
}
