// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

extension Lab {
    /// Performs acts in three ways, each with what has to come of it: without a rule they succeed; under rules that deny
    /// they fail and the denials are reported; under the same rules in mode audit they succeed and that is reported.
    ///
    /// An act's event is the one of its operation whose subject is the process that acted: each acts in a child of its
    /// own. All that is wrong is said at once.
    func attempt(_ acts: [Act], of operation: EndpointModel.Operation, under rules: Rule...) async throws {
        var problems: [String] = []
        var missing: Set<String> = []
        for mode in [nil, Policy.Mode.enforce, .audit] {
            try await setPolicies(mode.map { [Policy(name: "acts", mode: $0, rules: rules)] } ?? [])
            let words = mode.map { "under the rule in mode \($0.rawValue)" } ?? "without a rule"
            for act in acts where !missing.contains(act.name) {
                forgetEvents()
                let result = act.perform()
                let actor = acts_actor()
                if mode == nil, act.missing.contains(result) {
                    missing.insert(act.name)
                    continue
                }
                let allowed = mode == .enforce ? act.refused : [act.passes]
                guard allowed.contains(result) else {
                    problems.append("\(act.name) \(words): gave \(result), not \(allowed[0])")
                    continue
                }
                guard let mode else { continue }
                let verdict: Verdict = mode == .enforce ? .deny : .audit
                if let problem = await problem(with: act, operation, verdict, actor: actor) {
                    problems.append("\(act.name) \(words): \(problem)")
                }
            }
        }
        if !missing.isEmpty { say("    not on this kernel: \(missing.sorted().joined(separator: ", "))") }
        try require(missing.count < acts.count, "none of the acts is possible on this kernel")
        try require(problems.isEmpty, problems.joined(separator: "\n    "))
    }

    /// Waits for the event of an act; `nil` when it came and says what it has to.
    private func problem(
        with act: Act, _ operation: EndpointModel.Operation, _ verdict: Verdict, actor: Int32
    ) async -> String? {
        var mismatch: String?
        // What is wrong may be put right by a second event of the same act, but then that comes soon.
        var rounds = 600
        while rounds > 0 {
            for case .event(let event) in collected
            where event.operation == operation && event.decision.verdict == verdict
                && event.subject.identity.pid == actor
            {
                guard let found = act.mismatch(with: event) else { return nil }
                if mismatch == nil { rounds = min(rounds, 60) }
                mismatch = found
            }
            try? await Task.sleep(for: .milliseconds(5))
            rounds -= 1
        }
        if let mismatch { return "the event says \(mismatch)" }
        let others = collected.compactMap { element -> String? in
            guard case .event(let event) = element else { return nil }
            return "\(event.decision.verdict) \(event.operation.rawValue) by \(event.subject.identity.pid)"
        }
        return "no event with \(verdict) \(operation.rawValue) by \(actor); there came: \(others.suffix(6))"
    }
}
