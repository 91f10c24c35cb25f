// SPDX-License-Identifier: Apache-2.0

import Conformance
import EndpointModel
import Sallyport
import SallyportAPI
import SwiftProtobuf
import Synchronization
import Testing

/// Agents that are right, and agents that are wrong in one way each: the suite has to tell them apart.
@Suite struct ConformanceTests {
    private static let everything = Authorisation(
        operations: [.processExec, .imageLoad, .fileOpen], fallback: .allow)

    @Test func `an agent that watches and answers passes every check`() async throws {
        let seen = Mutex<[ConformanceCheck]>([])
        let results = try await ConformanceSuite(TestAgent.good(asked: Self.everything)).run { result in
            seen.withLock { $0.append(result.check) }
        }
        #expect(Self.failures(results) == [])
        // The library names the operations that it watches.
        #expect(Self.notApplicable(results) == [.ignoresUnknownOperations])
        #expect(results.map(\.check) == ConformanceCheck.allCases)
        #expect(seen.withLock { $0 } == ConformanceCheck.allCases)
    }

    @Test func `an agent that only listens passes, and checks of answers don't apply to it`() async throws {
        let results = try await ConformanceSuite(TestAgent.good()).run()
        #expect(Self.failures(results) == [])
        #expect(
            Self.notApplicable(results) == [.answersInTime, .ignoresUnknownOperations, .answersOnce])
    }

    @Test func `an agent that names what it watches is sent no unknown operations`() async throws {
        let agent = TestAgent.good(watching: EventFilter(operations: [.processExec]))
        let results = try await ConformanceSuite(agent, checks: [.ignoresUnknownOperations]).run()
        #expect(Self.notApplicable(results) == [.ignoresUnknownOperations])
    }

    @Test func `an agent that doesn't greet is noticed`() async throws {
        #expect(try await failed(.greets, .good(greeting: false)))
    }

    @Test func `an agent that ends at once is noticed, and nobody waits for it`() async throws {
        let start = ContinuousClock.now
        let results = try await ConformanceSuite(TestAgent { _, _ in }).run()
        #expect(Self.failures(results) == [.greets, .connects])
        #expect(results.count == ConformanceCheck.allCases.count)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `an agent that doesn't come back is noticed`() async throws {
        let agent = TestAgent.good(asked: Self.everything, reconnecting: false)
        let results = try await ConformanceSuite(agent, checks: [.survivesCrash, .reconnects]).run()
        #expect(Self.failures(results) == [.survivesCrash, .reconnects])
    }

    @Test func `an agent that answers after the deadline which it declared is noticed`() async throws {
        var asked = Self.everything
        asked.deadlineMilliseconds = 200
        let slow = TestAgent.good(asked: asked) { _ in
            try? await Task.sleep(for: .milliseconds(230))
            return Answer(.allow)
        }
        #expect(try await failed(.answersInTime, slow))
        asked.deadlineMilliseconds = 1000
        let timely = TestAgent.good(asked: asked) { _ in
            try? await Task.sleep(for: .milliseconds(230))
            return Answer(.allow)
        }
        #expect(try await !failed(.answersInTime, timely))
    }

    @Test func `an agent that answers twice is noticed`() async throws {
        #expect(try await failed(.answersOnce, RawAgent(answers: 2).agent))
        #expect(try await !failed(.answersOnce, RawAgent().agent))
    }

    @Test func `an agent that ends on a field that it doesn't know is noticed`() async throws {
        var raw = RawAgent()
        raw.minds = { if case .question(let question)? = $0.element { try Self.refuse(question.unknownFields) } }
        #expect(try await failed(.ignoresUnknownFields, raw.agent))
        var listening = RawAgent()
        listening.mindsEvents = { if case .event(let event)? = $0.element { try Self.refuse(event.unknownFields) } }
        #expect(try await failed(.ignoresUnknownFields, listening.agent))
    }

    @Test func `an agent that ends on a kind of message that it doesn't know is noticed`() async throws {
        var raw = RawAgent()
        raw.minds = { if $0.element == nil { throw RawAgent.Fault() } }
        #expect(try await failed(.ignoresUnknownElements, raw.agent))
        var listening = RawAgent()
        listening.mindsEvents = { if $0.element == nil { throw RawAgent.Fault() } }
        #expect(try await failed(.ignoresUnknownElements, listening.agent))
    }

    @Test func `an agent that ends on a value that it doesn't know is noticed`() async throws {
        var raw = RawAgent()
        raw.minds = {
            if case .notice(let notice)? = $0.element, case .UNRECOGNIZED = notice.kind { throw RawAgent.Fault() }
        }
        #expect(try await failed(.ignoresUnknownValues, raw.agent))
        var listening = RawAgent()
        listening.mindsEvents = {
            if case .event(let event)? = $0.element, case .UNRECOGNIZED = event.decision.verdict {
                throw RawAgent.Fault()
            }
        }
        #expect(try await failed(.ignoresUnknownValues, listening.agent))
    }

    @Test func `an agent that ends on an operation that it doesn't know is noticed`() async throws {
        var raw = RawAgent()
        raw.mindsEvents = {
            if case .event(let event)? = $0.element, case .UNRECOGNIZED = event.operation { throw RawAgent.Fault() }
        }
        #expect(try await failed(.ignoresUnknownOperations, raw.agent))
        #expect(try await !failed(.ignoresUnknownOperations, RawAgent().agent))
    }

    @Test func `an agent that ends on a gap, or on a full queue, is noticed`() async throws {
        var raw = RawAgent()
        raw.mindsEvents = { if case .gap? = $0.element { throw RawAgent.Fault() } }
        #expect(try await failed(.survivesLost, raw.agent))
        var asked = RawAgent()
        asked.minds = {
            if case .notice(let notice)? = $0.element, notice.kind == .queueFull { throw RawAgent.Fault() }
        }
        #expect(try await failed(.survivesOverflow, asked.agent))
    }

    @Test func `an agent that stops answering after a question came twice is noticed`() async throws {
        let seen = Mutex<Set<UInt64>>([])
        let hasSeenTwice = Mutex(false)
        let agent = TestAgent.good(asked: Self.everything) { question in
            let isNew = seen.withLock { $0.insert(question.id).inserted }
            // The numbers are the same in each check: those of the first one don't count.
            if question.id == 1 { seen.withLock { $0 = [1] } }
            if !isNew, question.id != 1 { hasSeenTwice.withLock { $0 = true } }
            if hasSeenTwice.withLock({ $0 }) { try? await Task.sleep(for: .seconds(3)) }
            return Answer(.allow)
        }
        #expect(try await failed(.survivesDuplicated, agent))
    }

    @Test func `an agent that goes on after SIGTERM is noticed`() async throws {
        #expect(try await failed(.endsOnTerminate, .good(heedsTermination: false)))
    }

    private static func refuse(_ fields: UnknownStorage) throws {
        if !fields.data.isEmpty { throw RawAgent.Fault() }
    }

    private static func failures(_ results: [ConformanceResult]) -> [ConformanceCheck] {
        results.filter { $0.isFailure }.map(\.check)
    }

    private static func notApplicable(_ results: [ConformanceResult]) -> [ConformanceCheck] {
        results.compactMap { if case .notApplicable = $0.outcome { $0.check } else { nil } }
    }

    /// Whether the agent fails the check that it is to fail.
    private func failed(_ check: ConformanceCheck, _ agent: TestAgent) async throws -> Bool {
        let results = try await ConformanceSuite(agent, checks: [check]).run()
        #expect(results.map(\.check) == [check])
        return !Self.failures(results).isEmpty
    }
}
