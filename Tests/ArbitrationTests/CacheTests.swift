// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct CacheTests {
    @Test("an allow stands for its own vendor only: all have to have one, or somebody a deny")
    func perVendor() throws {
        try Scenario.expect(
            """
            0 join acme
            0 join bolt
            0 ask file 7
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            0 acme allows 1 cached for 10s
            0 bolt allows 1
            -> settle 1 allow answered bolt: acme allow answered, bolt allow answered
            1s ask file 7
            -> deliver 2 to bolt by 1100ms
            1s bolt denies 2 cached for 20s
            -> settle 2 deny answered bolt: acme allow cached, bolt deny answered; stands 20s
            2s ask file 7
            -> settle 3 deny cached: acme allow cached, bolt deny cached; stands 19s
            11s ask file 7
            -> settle 4 deny cached: bolt deny cached; stands 10s
            21s ask file 7
            -> deliver 5 to acme by 21100ms
            -> deliver 5 to bolt by 21100ms
            """)
    }

    @Test("a verdict that all agreed on may stand as a whole, for the shortest of their times")
    func wholeVerdict() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme
            0 join bolt
            0 ask file 7
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            0 acme allows 1 cached for 10s
            0 bolt allows 1 cached
            -> settle 1 allow answered bolt: acme allow answered, bolt allow answered; stands 10s
            1s ask file 7
            -> settle 2 allow cached: acme allow cached, bolt allow cached; stands 9s
            1s ask file 7 changed 1ms
            -> deliver 3 to acme by 1100ms
            -> deliver 3 to bolt by 1100ms
            1s ask
            -> deliver 4 to acme by 1100ms
            -> deliver 4 to bolt by 1100ms
            """)
        #expect(arbitration.counters.cacheHits == 2 && arbitration.counters.cacheMisses == 4)
    }

    @Test("an allow of one of a vendor's clients doesn't stand while another one gave none")
    func twoClients() throws {
        try Scenario.expect(
            """
            0 join acme/1
            0 join acme/2
            0 ask file 7
            -> deliver 1 to acme/1 by 100ms
            -> deliver 1 to acme/2 by 100ms
            0 acme/1 allows 1 cached
            0 acme/2 denies 1
            -> settle 1 deny answered acme: acme allow answered, acme deny answered
            0 ask file 7
            -> deliver 2 to acme/1 by 100ms
            -> deliver 2 to acme/2 by 100ms
            0 acme/1 allows 2 cached
            0 acme/2 allows 2 cached for 5s
            -> settle 2 allow answered acme: acme allow answered, acme allow answered; stands 5s
            1s ask file 7
            -> settle 3 allow cached: acme allow cached, acme allow cached; stands 4s
            """)
    }

    @Test("what stands without a limit of time is told without one, unless the site sets one")
    func unlimited() throws {
        let text = """
            0 join acme
            0 ask file 7
            -> deliver 1 to acme by 100ms
            0 acme allows 1 cached
            -> settle 1 allow answered acme: acme allow answered; stands
            1000s ask file 7
            -> settle 2 allow cached: acme allow cached; stands
            """
        var limits = ArbitrationLimits()
        limits.cachedVerdictLifetime = .max
        try Scenario.expect(text, limits: limits)
        limits.cachedVerdictLifetime = 5000 * ArbitrationLimits.second
        try Scenario.expect(
            text.replacing("answered; stands", with: "answered; stands 5000s")
                .replacing("cached; stands", with: "cached; stands 4000s"), limits: limits)
    }

    @Test("each flush names its reason, and is told to whoever keeps verdicts")
    func flushes() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme
            -> forget everything: vendor-joined
            0 ask file 7
            -> deliver 1 to acme by 100ms
            0 acme allows 1 cached for 1s
            -> settle 1 allow answered acme: acme allow answered; stands 1s
            0 ask file 8
            -> deliver 2 to acme by 100ms
            0 acme allows 2 cached for 1s
            -> settle 2 allow answered acme: acme allow answered; stands 1s
            1ms flush file 7 file-written
            -> forget file 7: file-written
            -> report flushed file 7: file-written 1
            2ms ask file 8
            -> settle 3 allow cached: acme allow cached; stands 998ms
            3ms flush everything policy-changed
            -> forget everything: policy-changed
            -> report flushed everything: policy-changed 1
            4ms ask file 8
            -> deliver 4 to acme by 104ms
            5ms acme allows 4 cached for 1s
            -> settle 4 allow answered acme: acme allow answered; stands 1s
            6ms flush acme vendor-changed
            -> forget everything: vendor-changed
            -> report flushed acme: vendor-changed 1
            7ms ask file 8
            -> deliver 5 to acme by 107ms
            8ms acme allows 5 cached for 1s
            -> settle 5 allow answered acme: acme allow answered; stands 1s
            9ms join bolt
            -> forget everything: vendor-joined
            10ms ask file 8
            -> deliver 6 to bolt by 110ms
            11ms leave bolt
            -> settle 6 deny client-lost: acme allow cached, bolt deny client-lost
            -> report lost bolt with [6]
            -> forget everything: vendor-left
            12ms leave acme
            -> forget everything: vendor-left
            -> report flushed acme: vendor-left 1
            """, showsForgetting: true)
        #expect(
            arbitration.counters.flushed
                == [.fileWritten: 1, .policyChanged: 1, .vendorChanged: 1, .vendorLeft: 1])
    }

    @Test("an answer to a question asked before a flush isn't kept")
    func flushedInFlight() throws {
        try Scenario.expect(
            """
            0 join acme
            0 ask file 7
            -> deliver 1 to acme by 100ms
            0 ask file 8
            -> deliver 2 to acme by 100ms
            1ms flush file 7 file-written
            2ms acme allows 1 cached
            -> settle 1 allow answered acme: acme allow answered
            3ms ask file 7
            -> deliver 3 to acme by 103ms
            4ms flush everything policy-changed
            5ms acme allows 2 cached
            -> settle 2 allow answered acme: acme allow answered
            5ms acme allows 3 cached
            -> settle 3 allow answered acme: acme allow answered
            6ms ask file 8
            -> deliver 4 to acme by 106ms
            """)
    }

    @Test("what was decided without everybody, or for one subject, stands for nobody else")
    func partial() throws {
        try Scenario.expect(
            """
            0 join acme
            0 join bolt
            0 ask file 7 exempt acme
            -> deliver 1 to bolt by 100ms
            1ms bolt allows 1 cached for 1s
            -> settle 1 allow answered bolt: bolt allow answered
            2ms ask file 7
            -> deliver 2 to acme by 102ms
            3ms acme allows 2 cached for 1s
            -> settle 2 allow answered acme: bolt allow cached, acme allow answered; stands 998ms
            4ms ask file 8 subject 5
            -> deliver 3 to acme by 104ms
            -> deliver 3 to bolt by 104ms
            5ms acme allows 3 cached
            5ms bolt allows 3 cached
            -> settle 3 allow answered bolt: acme allow answered, bolt allow answered
            6ms ask file 8 subject 5
            -> settle 4 allow cached: acme allow cached, bolt allow cached
            7ms ask file 8 subject 6
            -> deliver 5 to acme by 107ms
            -> deliver 5 to bolt by 107ms
            """)
    }

    @Test("an allow that is bound to a content holds for no other one; a deny needs no proof")
    func digests() throws {
        try Scenario.expect(
            """
            0 join acme
            0 ask
            -> deliver 1 to acme by 100ms
            1ms acme allows 1 digest 1
            -> report refused 1 acme: digest-unknown
            2ms acme allows 1 digest 1 content 2
            -> report refused 1 acme: digest-differs
            3ms acme allows 1 digest 1 content 1
            -> settle 1 allow answered acme: acme allow answered
            4ms ask
            -> deliver 2 to acme by 104ms
            5ms acme denies 2 digest 1
            -> settle 2 deny answered acme: acme deny answered
            """)
    }

    @Test("nobody is asked about itself")
    func exemptions() throws {
        try Scenario.expect(
            """
            0 join acme
            0 ask exempt acme fallback deny
            -> settle 1 allow exempt
            0 ask exempt platform fallback deny
            -> settle 2 allow exempt
            0 ask exempt bolt
            -> deliver 3 to acme by 100ms
            """)
    }

    @Test("a platform that ends gives everyone the defaults, and from then on at once")
    func stopping() throws {
        try Scenario.expect(
            """
            0 join acme fallback allow
            0 join bolt fallback deny
            0 ask
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            1ms stop
            -> settle 1 deny platform-stopping: acme allow platform-stopping, bolt deny platform-stopping
            -> retract 1 from acme: platform-stopping
            -> retract 1 from bolt: platform-stopping
            2ms ask
            -> settle 2 deny platform-stopping: acme allow platform-stopping, bolt deny platform-stopping
            3ms leave bolt
            4ms ask
            -> settle 3 allow platform-stopping: acme allow platform-stopping
            5ms acme denies 1
            -> report refused 1 acme: settled
            6ms join core
            -> refused: the platform is stopping: connect again when it runs
            """)
    }

    @Test("what the guard answered is the verdict")
    func guardAnswers() throws {
        try Scenario.expect(
            """
            0 join acme
            0 ask
            -> deliver 1 to acme by 100ms
            1ms guard allow 1
            -> settle 1 allow guard-applied
            -> retract 1 from acme: guard-applied
            2ms acme denies 1
            -> report refused 1 acme: settled
            """)
    }
}
