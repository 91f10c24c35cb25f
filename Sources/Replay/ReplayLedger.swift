// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Synchronization

/// What an agent was sent in a replay, and what came back.
final class ReplayLedger: Sendable {
    private struct Asked {
        var at: UInt64
        var deadline: UInt64
        var answer: (at: UInt64, verdict: Rule.Fallback)?
    }

    private struct State {
        var asked: [UInt64: Asked] = [:]
        var recorded: [UInt64: Rule.Fallback] = [:]
        var report = ReplayReport()
        var isOver = false
    }

    private let state = Mutex(State())

    func sent(_ element: StreamElement) {
        state.withLock { state in
            switch element {
            case .event: state.report.events += 1
            case .gap: state.report.gaps += 1
            case .sync, .process: break
            }
        }
    }

    /// - Parameter deadline: CLOCK_BOOTTIME, nanoseconds.
    func asked(_ question: UInt64, deadline: UInt64) {
        state.withLock { state in
            if state.asked[question] == nil {
                state.asked[question] = Asked(at: Clock.boot(), deadline: deadline)
            }
        }
    }

    func answered(_ question: UInt64, _ answer: Answer) {
        let now = Clock.boot()
        state.withLock { state in
            guard let asked = state.asked[question] else {
                state.report.unasked += 1
                return
            }
            if asked.answer == nil {
                state.asked[question]?.answer = (now, answer.verdict)
            } else {
                state.report.duplicates += 1
            }
        }
    }

    func recorded(_ answer: Answer, to question: UInt64) {
        state.withLock { $0.recorded[question] = answer.verdict }
    }

    func crashed() { state.withLock { $0.report.crashes += 1 } }
    func connected(_ calls: AgentCalls) {
        state.withLock { state in
            state.report.connections += 1
            state.report.calls.formUnion(calls)
        }
    }

    func left() { state.withLock { if !$0.isOver { $0.report.left += 1 } } }
    func reconnected(after nanoseconds: UInt64) { state.withLock { $0.report.reconnections.append(nanoseconds) } }
    /// What follows isn't counted any more.
    func ended(with calls: AgentCalls) {
        state.withLock { state in
            state.report.openAtEnd = calls
            state.isOver = true
        }
    }

    /// When the last question that is still open ends; `nil` when none is.
    var lastDeadline: UInt64? {
        state.withLock { state in state.asked.values.filter { $0.answer == nil }.map(\.deadline).max() }
    }

    var report: ReplayReport {
        state.withLock { state in
            var report = state.report
            report.questions = state.asked.count
            var latencies: [UInt64] = []
            for (question, asked) in state.asked.sorted(by: { $0.key < $1.key }) {
                guard let answer = asked.answer else {
                    report.missed.append(question)
                    continue
                }
                latencies.append(answer.at - asked.at)
                if answer.at >= asked.deadline { report.late.append(question) }
                if let recorded = state.recorded[question], recorded != answer.verdict {
                    report.different.append(question)
                }
            }
            latencies.sort()
            if !latencies.isEmpty {
                report.latencyMedian = latencies[latencies.count / 2]
                report.latency99 = latencies[min(latencies.count - 1, latencies.count * 99 / 100)]
                report.latencyMaximum = latencies[latencies.count - 1]
            }
            return report
        }
    }
}
