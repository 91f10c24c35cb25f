// SPDX-License-Identifier: Apache-2.0

import Recording
import Replay
import Synchronization

/// One agent that was started, served and ended.
struct Trial: Sendable {
    var report: ReplayReport
    /// How it ended before it was asked to; `nil` if it didn't.
    var ending: String?
    /// How long it took to end after it was asked to; `nil` if it had to be killed, or had ended before.
    var termination: Duration?
    var greeted: Bool
    var watchesEverything: Bool

    /// - Parameters:
    ///   - expected: what the agent is waited for to have open.
    ///   - patience: how long it may take to end.
    static func run(
        _ agent: any ConformanceAgent, _ plan: FaultPlan, as version: LaterVersion?, expected: AgentCalls,
        patience: Duration
    ) async throws -> Trial {
        let observation = AgentObservation()
        let running = Mutex<(any RunningAgent)?>(nil)
        let result = Mutex<(ending: String?, termination: Duration?)>((nil, nil))
        var terms = ReplayTerms()
        terms.expected = expected
        terms.asDeclared = true
        terms.interceptors = [LaterVersionInterceptor(observation: observation, version: version)]
        terms.isGone = { running.withLock { $0 }.map { $0.ending != nil } ?? false }
        // Still served: an agent that ends only because nobody is there any more is none that ends.
        let end: @Sendable () async -> Void = {
            guard let agent = running.withLock({ $0.take() }) else { return }
            let ending = agent.ending
            let termination = ending == nil ? await Self.terminate(agent, patience) : nil
            result.withLock { $0 = (ending, termination) }
        }
        terms.atEnd = end
        let replay = try Replay(BuiltInRecording.header, plan, speed: .real, terms)
        defer { replay.remove() }
        let report: ReplayReport
        do {
            report = try await replay.run {
                let started = try agent.start(credentials: replay.directory, socket: replay.agentSocket)
                running.withLock { $0 = started }
            }
        } catch {
            running.withLock { $0 }?.kill()
            throw error
        }
        await end()
        let (ending, termination) = result.withLock { $0 }
        return Trial(
            report: report, ending: ending, termination: termination, greeted: observation.greeted,
            watchesEverything: observation.watchesEverything)
    }

    private static func terminate(_ agent: any RunningAgent, _ patience: Duration) async -> Duration? {
        let start = ContinuousClock.now
        agent.terminate()
        while agent.ending == nil {
            guard ContinuousClock.now - start < patience else {
                agent.kill()
                return nil
            }
            // Not cancelled: the agent is to end in any case.
            await Task { try? await Task.sleep(for: .milliseconds(5)) }.value
        }
        return ContinuousClock.now - start
    }
}
