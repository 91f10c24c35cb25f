// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel
import Testing

@Suite struct SiteDeadlineTests {
    @Test(arguments: [(50, 100), (100, 100), (200, 200), (400, 400), (60_000, 400)] as [(UInt64, UInt64)])
    func `what an agent declares is moved into the site's bounds`(_ declared: UInt64, _ granted: UInt64) throws {
        let limits = ArbitrationLimits(quotas: VendorQuotas(), deadlines: 100...400)
        let terms = AuthoriserTerms(
            operations: [.processExec], deadline: declared * ArbitrationLimits.millisecond, fallback: .allow)
        #expect(limits.granted(terms).deadline == granted * ArbitrationLimits.millisecond)
    }

    @Test func `the site's bounds are within those of the platform, and quotas are the vendor's`() {
        var quotas = VendorQuotas()
        quotas.questions = 3
        quotas.authorisers = 2
        let limits = ArbitrationLimits(quotas: quotas, deadlines: 1...90_000)
        #expect(limits.deadlines == ArbitrationLimits().deadlines)
        #expect(limits.questionsInFlight == 3)
        #expect(limits.vendorAuthorisers == 2)
    }

    @Test func `what a vendor has of the quotas is known`() throws {
        var arbitration = Arbitration()
        let terms = AuthoriserTerms(operations: [.processExec], deadline: 1_000_000_000, fallback: .allow)
        _ = try arbitration.authoriserJoined(ClientID(rawValue: 1), vendor: "acme", terms: terms, now: 0)
        let seed = QuestionSeed(
            operation: .processExec, access: [],
            subject: Process(identity: ProcessIdentity(pid: 1, startTime: 0, execCount: 0)),
            file: FileObject(path: ObservedPath("/bin/ls")), fallback: .allow, content: nil)
        let (question, _) = arbitration.ask(seed, now: 1)
        #expect(use(arbitration, "acme") == [1, 1])
        _ = arbitration.withdraw(question, now: 2)
        #expect(use(arbitration, "acme") == [1, 0])
        #expect(use(arbitration, "bolt") == [0, 0])
    }

    private func use(_ arbitration: Arbitration, _ vendor: String) -> [Int] {
        let use = arbitration.use(by: vendor)
        return [use.authorisers, use.questions]
    }
}
