// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct VerdictTests {
    @Test("everyone entitled is asked at once, and an allow takes all of them")
    func allAllow() throws {
        try Scenario.expect(
            """
            0 join acme deadline 100ms
            0 join bolt deadline 200ms
            0 join other on image.load
            1ms ask file 7
            -> deliver 1 to acme by 101ms
            -> deliver 1 to bolt by 201ms
            5ms acme allows 1
            9ms bolt allows 1
            -> settle 1 allow answered bolt: acme allow answered, bolt allow answered
            """)
    }

    @Test("the first deny settles the question, and the others needn't answer any more")
    func denyWins() throws {
        try Scenario.expect(
            """
            0 join acme
            0 join bolt
            0 join core
            1ms ask
            -> deliver 1 to acme by 101ms
            -> deliver 1 to bolt by 101ms
            -> deliver 1 to core by 101ms
            2ms acme allows 1
            3ms bolt denies 1
            -> settle 1 deny answered bolt: acme allow answered, bolt deny answered
            -> retract 1 from core: decided
            4ms core allows 1
            -> report refused 1 core: settled
            """)
    }

    @Test("each deadline brings its own vendor's default, and a default that denies wins as any deny")
    func defaults() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback allow
            0 join bolt deadline 80ms fallback deny
            0 join core deadline 200ms fallback allow
            0 ask
            -> deliver 1 to acme by 50ms
            -> deliver 1 to bolt by 80ms
            -> deliver 1 to core by 200ms
            -> due 50ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> due 80ms
            -> retract 1 from bolt: deadline
            -> report missed 1 bolt deny strike
            -> settle 1 deny timed-out bolt: acme allow timed-out, bolt deny timed-out
            -> retract 1 from core: decided
            90ms
            """)
    }

    @Test("an allow that a default took part in says so, and names everyone who was late")
    func defaultsAllow() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback allow
            0 join bolt deadline 50ms fallback allow
            0 join core deadline 50ms
            0 ask
            -> deliver 1 to acme by 50ms
            -> deliver 1 to bolt by 50ms
            -> deliver 1 to core by 50ms
            1ms core allows 1
            -> due 50ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> retract 1 from bolt: deadline
            -> report missed 1 bolt allow strike
            -> settle 1 allow timed-out acme,bolt: core allow answered, acme allow timed-out, bolt allow timed-out
            60ms
            """)
    }

    @Test("the question's own fallback counts when nobody answered, and only then")
    func ownFallback() throws {
        try Scenario.expect(
            """
            0 ask fallback deny
            -> settle 1 deny no-authoriser
            0 ask fallback allow
            -> settle 2 allow no-authoriser
            0 join acme deadline 50ms fallback allow
            0 ask fallback deny
            -> deliver 3 to acme by 50ms
            -> due 50ms
            -> retract 3 from acme: deadline
            -> report missed 3 acme allow strike
            -> settle 3 deny timed-out acme: acme allow timed-out
            60ms ask fallback deny
            -> deliver 4 to acme by 110ms
            61ms acme allows 4
            -> settle 4 allow answered acme: acme allow answered
            """)
    }

    @Test("a rule's timeout shortens the vendors' deadlines, and nothing else changes them")
    func ruleTimeout() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback allow
            0 join bolt deadline 200ms fallback allow
            0 ask timeout 100ms
            -> deliver 1 to acme by 50ms
            -> deliver 1 to bolt by 100ms
            0 ask timeout 1us
            -> deliver 2 to acme by 10ms
            -> deliver 2 to bolt by 10ms
            """)
    }

    @Test("a lost client counts as its default at once")
    func clientLost() throws {
        try Scenario.expect(
            """
            0 join acme fallback deny
            0 join bolt fallback allow
            0 ask
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            0 ask
            -> deliver 2 to acme by 100ms
            -> deliver 2 to bolt by 100ms
            1ms bolt allows 1
            2ms leave bolt
            -> report lost bolt with [2]
            3ms leave acme
            -> settle 1 deny client-lost: bolt allow answered, acme deny client-lost
            -> settle 2 deny client-lost: bolt allow client-lost, acme deny client-lost
            -> report lost acme with [1, 2]
            4ms ask
            -> settle 3 allow no-authoriser
            """)
    }

    @Test("who only reads is asked about files opened for reading, alone or with writing")
    func fileAccess() throws {
        try Scenario.expect(
            """
            0 join acme on file.open access read
            0 join bolt on file.open access write
            0 ask on file.open access read
            -> deliver 1 to acme by 100ms
            0 ask on file.open access write
            -> deliver 2 to bolt by 100ms
            0 ask on file.open access read,write
            -> deliver 3 to acme by 100ms
            -> deliver 3 to bolt by 100ms
            """)
    }

    @Test("an answer at the deadline is late, a nanosecond before it isn't")
    func deadlineIsExclusive() throws {
        var arbitration = Arbitration()
        let terms = AuthoriserTerms(operations: [.processExec], deadline: 100_000_000, fallback: .deny)
        let client = ClientID(rawValue: 1)
        var words = ScenarioWords("")
        let seed = try words.seed()
        _ = try arbitration.authoriserJoined(client, vendor: "acme", terms: terms, now: 0)
        let (first, _) = arbitration.ask(seed, now: 0)
        let (second, _) = arbitration.ask(seed, now: 1)
        #expect(arbitration.nextDeadline == 100_000_000)
        let actions = arbitration.answer(Answer(.allow), to: first, from: client, now: 100_000_000)
        #expect(actions.contains(.report(.refused(question: first, client: client, why: .late))))
        let others = arbitration.answer(Answer(.allow), to: second, from: client, now: 100_000_000)
        guard case .settle(second, let outcome, _) = others.first else {
            Issue.record("no verdict: \(others)")
            return
        }
        #expect(outcome.verdict == .allow && outcome.latency == 99_999_999)
        #expect(arbitration.nextDeadline == nil && arbitration.questionsInFlight == 0)
    }
}
