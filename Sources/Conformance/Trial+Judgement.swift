// SPDX-License-Identifier: Apache-2.0

import Replay

extension Trial {
    /// Why the agent didn't go on; `nil` if it did.
    ///
    /// - Parameters:
    ///   - calls: what it is to have open at the end.
    ///   - isStrict: whether it had nothing to survive but what it isn't to mind: then all questions count, and it may
    ///     not have begun a call anew.
    func failure(_ calls: AgentCalls, isStrict: Bool) -> String? {
        if let ending { return "it ended: \(ending)" }
        if report.abandoned { return "it didn't connect within \(Replay.patience.components.seconds) s" }
        let missing = calls.subtracting(report.openAtEnd)
        if missing.contains(.watch) { return "it doesn't watch any more" }
        if missing.contains(.authorise) { return "it isn't asked any more" }
        if isStrict, report.left > 0 { return "it broke off a call \(report.left) times" }
        let (missed, late) = (judged(report.missed, isStrict), judged(report.late, isStrict))
        let when = isStrict ? "" : " that came afterwards"
        if missed > 0 { return "it didn't answer \(missed) questions\(when)" }
        if late > 0 { return "it answered \(late) questions\(when) too late" }
        return nil
    }

    private func judged(_ questions: [UInt64], _ isStrict: Bool) -> Int {
        questions.count { isStrict || $0 >= BuiltInRecording.firstQuestionAfter }
    }
}
