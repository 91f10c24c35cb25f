// SPDX-License-Identifier: Apache-2.0

import Arbitration
import Testing

/// Questions that a policy's rule asks.
@Suite
struct RuleTests {
    @Test(
        "a rule's question goes to all who authorise the operation, each by the rule's timeout, and one allow is enough"
    )
    func oneAllow() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback deny
            0 join bolt deadline 20s fallback deny
            1ms ask rule timeout 100ms fallback deny
            -> deliver 1 to acme by 101ms
            -> deliver 1 to bolt by 101ms
            60ms acme allows 1
            -> due 101ms
            -> retract 1 from bolt: deadline
            -> report missed 1 bolt deny
            -> settle 1 allow answered acme: acme allow answered, bolt deny timed-out
            200ms
            """)
    }

    @Test("a rule's question is denied by the first deny")
    func denyWins() throws {
        try Scenario.expect(
            """
            0 join acme
            0 join bolt
            0 ask rule timeout 100ms fallback allow
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            1ms acme allows 1
            2ms bolt denies 1
            -> settle 1 deny answered bolt: acme allow answered, bolt deny answered
            """)
    }

    @Test("without an answer the rule's default stands, whatever the vendors declared")
    func ruleDefault() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback deny
            0 ask rule timeout 100ms fallback allow
            -> deliver 1 to acme by 100ms
            -> due 100ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme allow strike
            -> settle 1 allow timed-out acme: acme allow timed-out
            1s ask rule timeout 100ms fallback deny
            -> deliver 2 to acme by 1100ms
            1001ms leave acme
            -> settle 2 deny client-lost: acme deny client-lost
            -> report lost acme with [2]
            2s ask rule timeout 100ms fallback deny
            -> settle 3 deny no-authoriser
            3s ask rule timeout 100ms fallback allow
            -> settle 4 allow no-authoriser
            """)
    }

    @Test("a rule's question about an open goes to all who authorise opens, for whichever access")
    func anyAccess() throws {
        try Scenario.expect(
            """
            0 join acme on file.open access read
            0 ask rule on file.open access write timeout 100ms fallback deny
            -> deliver 1 to acme by 100ms
            1ms acme allows 1
            -> settle 1 allow answered acme: acme allow answered
            2ms ask on file.open access write
            -> settle 2 allow no-authoriser
            """)
    }

    @Test("what a vendor declared for a full queue counts in a rule's question, too")
    func fullQueue() throws {
        try Scenario.expect(
            """
            0 join acme capacity 1 full deny
            0 join bolt
            0 ask rule timeout 100ms fallback allow
            -> deliver 1 to acme by 100ms
            -> deliver 1 to bolt by 100ms
            1ms ask rule timeout 100ms fallback allow
            -> report full 2 acme client-questions-in-flight deny
            -> settle 2 deny queue-full: acme deny queue-full
            """)
    }

    @Test("a demoted vendor has no say in a rule's question")
    func demoted() throws {
        var limits = ArbitrationLimits()
        limits.strikes = 1
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback deny
            0 ask
            -> deliver 1 to acme by 50ms
            -> due 50ms
            -> retract 1 from acme: deadline
            -> report missed 1 acme deny strike
            -> report demoted acme until 60050ms
            -> settle 1 deny timed-out acme: acme deny timed-out
            1s ask rule timeout 100ms fallback allow
            -> settle 2 allow demoted: acme allow demoted
            """, limits: limits)
    }

    @Test("a platform that ends lets the rule's default stand")
    func stopping() throws {
        try Scenario.expect(
            """
            0 join acme deadline 50ms fallback deny
            0 ask rule timeout 100ms fallback allow
            -> deliver 1 to acme by 100ms
            1ms stop
            -> settle 1 allow platform-stopping: acme allow platform-stopping
            -> retract 1 from acme: platform-stopping
            """)
    }
}
