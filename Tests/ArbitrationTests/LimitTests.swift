// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite
struct LimitTests {
    @Test("beyond a vendor's limit its declared default counts at once and is reported; without one it is a deny")
    func vendorIsFull() throws {
        var limits = ArbitrationLimits()
        limits.questionsInFlight = 1
        let arbitration = try Scenario.expect(
            """
            0 join acme full allow capacity 1
            0 ask
            -> deliver 1 to acme by 100ms
            1ms ask
            -> report full 2 acme questions-in-flight allow
            -> settle 2 allow queue-full: acme allow queue-full
            1ms ask fallback deny
            -> report full 3 acme questions-in-flight allow
            -> settle 3 deny queue-full: acme allow queue-full
            2ms join bolt capacity 1
            3ms ask
            -> report full 4 acme questions-in-flight allow
            -> deliver 4 to bolt by 103ms
            4ms ask
            -> report full 5 acme questions-in-flight allow
            -> report full 5 bolt questions-in-flight deny
            -> settle 5 deny queue-full: acme allow queue-full, bolt deny queue-full
            5ms acme allows 1
            -> settle 1 allow answered acme: acme allow answered
            5ms bolt allows 4
            -> settle 4 allow queue-full: acme allow queue-full, bolt allow answered
            6ms ask
            -> deliver 6 to acme by 106ms
            -> deliver 6 to bolt by 106ms
            """, limits: limits)
        #expect(arbitration.counters.queueFull == [.vendor: 5])
    }

    @Test("a client takes no more than it said, and clients of a vendor share the vendor's limit")
    func clientIsFull() throws {
        var limits = ArbitrationLimits()
        limits.questionsInFlight = 3
        try Scenario.expect(
            """
            0 join acme/1 full allow capacity 1
            0 join acme/2 full allow capacity 3
            0 ask
            -> deliver 1 to acme/1 by 100ms
            -> deliver 1 to acme/2 by 100ms
            0 ask
            -> report full 2 acme/1 client-questions-in-flight allow
            -> deliver 2 to acme/2 by 100ms
            0 ask
            -> report full 3 acme/1 questions-in-flight allow
            -> report full 3 acme/2 questions-in-flight allow
            -> settle 3 allow queue-full: acme allow queue-full, acme allow queue-full
            """, limits: limits)
    }

    @Test("beyond the limit of all nobody is asked, but cached answers still count")
    func allAreFull() throws {
        var limits = ArbitrationLimits()
        limits.allQuestionsInFlight = 1
        try Scenario.expect(
            """
            0 join acme
            0 ask file 7
            -> deliver 1 to acme by 100ms
            1ms acme allows 1 cached for 1s
            -> settle 1 allow answered acme: acme allow answered; stands 1s
            2ms ask file 8
            -> deliver 2 to acme by 102ms
            3ms ask file 9
            -> report full 3 acme all-questions-in-flight deny
            -> settle 3 deny queue-full: acme deny queue-full
            4ms ask file 7
            -> settle 4 allow cached: acme allow cached; stands 997ms
            """, limits: limits)
    }

    @Test("the site's limits bound what a client asks for, and it is told")
    func terms() throws {
        let arbitration = try Scenario.expect(
            """
            0 join acme deadline 1ms capacity 5000
            -> report limited acme to 10ms and 1024
            0 join bolt deadline 90s
            -> report limited bolt to 60s and 1024
            0 ask
            -> deliver 1 to acme by 10ms
            -> deliver 1 to bolt by 60s
            """)
        #expect(arbitration.terms(of: ClientID(rawValue: 1))?.deadline == 10_000_000)
    }

    @Test("authorisers beyond a limit, and those who want what can't be asked, are refused with what to do")
    func refusedAuthorisers() throws {
        var limits = ArbitrationLimits()
        limits.authorisers = 3
        limits.vendorAuthorisers = 2
        try Scenario.expect(
            """
            0 join acme/1
            0 join acme/2
            0 join acme/3
            -> refused: the limit vendor-authorisers (2) is reached: close another one first
            0 join bolt
            0 join core
            -> refused: the limit authorisers (3) is reached: close another one first
            0 leave bolt
            0 join core on process.signal
            -> refused: process.signal can't be held for an answer: use a deny rule or watch it
            0 join core on file.open
            -> refused: file.open, and nothing else, takes the access to be asked about: read, write or both
            0 join core
            """, limits: limits)
    }

    @Test("ten thousand questions in flight cost a question what a thousand do")
    func cost() throws {
        func nanosecondsPerQuestion(_ count: Int) throws -> Double {
            var limits = ArbitrationLimits()
            limits.questionsInFlight = count
            var arbitration = Arbitration(limits: limits)
            let terms = AuthoriserTerms(
                operations: [.processExec], deadline: 60_000_000_000, fallback: .deny, capacity: count)
            var words = ScenarioWords("file 7")
            _ = words
            let seed = try words.seed()
            let clients = (1...2).map { ClientID(rawValue: $0) }
            for client in clients {
                _ = try arbitration.authoriserJoined(client, vendor: "v\(client.rawValue)", terms: terms, now: 0)
            }
            let clock = ContinuousClock()
            let time = clock.measure {
                let ids = (0..<count).map { arbitration.ask(seed, now: UInt64($0)).id }
                // Half are answered, backwards; the others run out.
                for id in ids.reversed().prefix(count / 2) {
                    for client in clients { _ = arbitration.answer(Answer(.allow), to: id, from: client, now: 50_000) }
                }
                _ = arbitration.advance(70_000_000_000)
            }
            #expect(arbitration.questionsInFlight == 0)
            #expect(arbitration.counters.allowed == UInt64(count / 2))
            return Double(time / .nanoseconds(1)) / Double(count)
        }
        let few = try (0..<3).map { _ in try nanosecondsPerQuestion(1000) }.min()!
        let many = try (0..<3).map { _ in try nanosecondsPerQuestion(10_000) }.min()!
        // Anything linear in the questions in flight would make it ten.
        #expect(many < 4 * few, "\(few) ns among a thousand, \(many) ns among ten thousand")
    }
}
