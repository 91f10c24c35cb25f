// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct MissTests {
    @Test("three strikes within a minute demote a vendor, it isn't asked for the cool-off, and then it is")
    func demotion() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme deadline 100ms fallback allow
            0 ask
            -> deliver 1 to acme by 100ms
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> settle 1 allow timed-out acme: acme allow timed-out
            10s ask
            -> deliver 2 to acme by 10100ms
            -> due 10100ms
            -> retract 2 from acme: deadline
            -> report missed 2 acme allow strike
            -> settle 2 allow timed-out acme: acme allow timed-out
            59s ask
            -> deliver 3 to acme by 59100ms
            -> due 59100ms
            -> retract 3 from acme: deadline
            -> report missed 3 acme allow strike
            -> report demoted acme until 119100ms
            -> settle 3 allow timed-out acme: acme allow timed-out
            60s ask
            -> settle 4 allow demoted: acme allow demoted
            60s join bolt
            60s ask
            -> deliver 5 to bolt by 60100ms
            60s bolt allows 5
            -> settle 5 allow demoted: acme allow demoted, bolt allow answered
            -> due 119100ms
            -> report restored acme
            120s leave bolt
            120s ask
            -> deliver 6 to acme by 120100ms
            """)
        #expect(arbitration.counters.strikes == 3 && arbitration.counters.demotions == 1)
    }

    @Test("strikes further apart than the window demote nobody")
    func window() throws {
        try Scenario.expect(
            """
            0 join acme deadline 100ms fallback allow
            0 ask
            -> deliver 1 to acme by 100ms
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> settle 1 allow timed-out acme: acme allow timed-out
            30s ask
            -> deliver 2 to acme by 30100ms
            -> due 30100ms
            -> retract 2 from acme: deadline
            -> report missed 2 acme allow strike
            -> settle 2 allow timed-out acme: acme allow timed-out
            60s ask
            -> deliver 3 to acme by 60100ms
            -> due 60100ms
            -> retract 3 from acme: deadline
            -> report missed 3 acme allow strike
            -> settle 3 allow timed-out acme: acme allow timed-out
            61s ask
            -> deliver 4 to acme by 61100ms
            """)
    }

    @Test("a demoted vendor that fails closed denies at once: nobody turns its deny into an allow by slowing it down")
    func demotedDenies() throws {
        try Scenario.expect(
            """
            0 join acme deadline 100ms fallback deny
            0 join bolt
            0 ask
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            1ms bolt allows 1
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme deny strike
            -> report demoted acme until 60100ms
            -> settle 1 deny timed-out acme: bolt allow answered, acme deny timed-out
            1s ask
            -> settle 2 deny demoted: acme deny demoted
            """, limits: oneStrike)
    }

    @Test("strikes and a demotion outlast the connection")
    func reconnecting() throws {
        try Scenario.expect(
            """
            0 join acme deadline 100ms fallback allow
            0 ask
            -> deliver 1 to acme by 100ms
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> report demoted acme until 60100ms
            -> settle 1 allow timed-out acme: acme allow timed-out
            1s leave acme
            2s join acme/2
            3s ask
            -> settle 2 deny demoted: acme deny demoted
            -> due 60100ms
            -> report restored acme
            61s ask
            -> deliver 3 to acme/2 by 61100ms
            """, limits: oneStrike)
    }

    @Test("two clients of a vendor that miss one question are one strike")
    func oneStrikeAQuestion() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme/1 deadline 100ms fallback allow
            0 join acme/2 deadline 200ms fallback allow
            0 ask
            -> deliver 1 to acme/1 by 100ms
            -> deliver 1 to acme/2 by 200ms
            -> due 100ms
            -> retract 1 from acme/1: deadline
            -> report missed 1 acme/1 allow strike
            -> due 200ms
            -> retract 1 from acme/2: deadline
            -> report missed 1 acme/2 allow
            -> settle 1 allow timed-out acme: acme allow timed-out, acme allow timed-out
            1s
            """)
        #expect(arbitration.counters.missedDeadlines == 2 && arbitration.counters.strikes == 1)
    }

    @Test("questions in flight keep their deadlines when their vendor is demoted, and answers to them count")
    func inFlightWhenDemoted() throws {
        try Scenario.expect(
            """
            0 join acme deadline 100ms fallback allow
            0 ask
            -> deliver 1 to acme by 100ms
            50ms ask
            -> deliver 2 to acme by 150ms
            60ms ask
            -> deliver 3 to acme by 160ms
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> report demoted acme until 60100ms
            -> settle 1 allow timed-out acme: acme allow timed-out
            120ms acme denies 2
            -> settle 2 deny answered acme: acme deny answered
            -> due 160ms
            -> retract 3 from acme: deadline
            -> report missed 3 acme allow
            -> settle 3 allow timed-out acme: acme allow timed-out
            200ms
            """, limits: oneStrike)
    }

    @Test("a platform that was stopped itself blames nobody")
    func latePlatform() throws {
        var arbitration = Arbitration()
        let terms = AuthoriserTerms(operations: [.processExec], deadline: 100_000_000, fallback: .deny)
        var words = ScenarioWords("")
        _ = try arbitration.authoriserJoined(ClientID(rawValue: 1), vendor: "acme", terms: terms, now: 0)
        _ = arbitration.ask(try words.seed(), now: 0)
        _ = arbitration.advance(100_000_000 + ArbitrationLimits.settlementGrace + 1)
        #expect(arbitration.counters.missedDeadlines == 1 && arbitration.counters.strikes == 0)
    }

    @Test("late, second and foreign answers are refused by a word of their own, counted and never applied")
    func refusals() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme deadline 50ms fallback allow
            0 join bolt deadline 100ms
            0 ask
            -> deliver 1 to acme by 50ms
            -> deliver 1 to bolt by 100ms
            -> due 50ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            60ms acme denies 1
            -> report refused 1 acme: late
            70ms core denies 1
            -> report refused 1 core: not-asked
            80ms bolt allows 1
            -> settle 1 allow timed-out acme: acme allow timed-out, bolt allow answered
            81ms bolt denies 1
            -> report refused 1 bolt: duplicate
            82ms acme denies 1
            -> report refused 1 acme: late
            83ms acme denies 77
            -> report refused 77 acme: not-asked
            90ms ask
            -> deliver 2 to acme by 140ms
            -> deliver 2 to bolt by 190ms
            91ms acme allows 2
            92ms acme denies 2
            -> report refused 2 acme: duplicate
            93ms withdraw 2
            -> settle 2 deny withdrawn: acme allow answered
            -> retract 2 from bolt: withdrawn
            94ms bolt denies 2
            -> report refused 2 bolt: withdrawn
            """)
        #expect(arbitration.counters.refusedAnswers == [.late: 2, .duplicate: 2, .notAsked: 2, .withdrawn: 1])
        #expect(arbitration.counters.answers == 2)
    }

    private var oneStrike: ArbitrationLimits {
        var limits = ArbitrationLimits()
        limits.strikes = 1
        return limits
    }
}
