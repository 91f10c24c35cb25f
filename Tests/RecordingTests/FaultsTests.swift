// SPDX-License-Identifier: Apache-2.0

import Recording
import Testing

@Suite
struct FaultsTests {
    @Test("every fault is read as it is written")
    func grammar() {
        func share(_ perMille: UInt32) -> Faults.Share { Faults.Share(perMille: perMille)! }
        var faults = Faults()
        for text in [
            "late=5%,200ms", "lost=0.5%", "duplicated=100%", "reordered=1.5%,8", "crash=1000,2s", "deadline=25%",
            "overflow=500,100",
        ] {
            let isRead = faults.add(text)
            #expect(isRead, "\(text)")
        }
        var expected = Faults()
        expected.late = share(50)
        expected.lateBy = 200_000_000
        expected.lost = share(5)
        expected.duplicated = share(1000)
        expected.reordered = share(15)
        expected.reorderedWithin = 8
        expected.crash = Faults.Crash(after: 1000, lasting: 2_000_000_000)
        expected.deadlineLeft = share(250)
        expected.overflow = Faults.Overflow(after: 500, elements: 100)
        #expect(faults == expected)
    }

    @Test(
        "what is no fault changes nothing",
        arguments: [
            "", "lost", "lost=", "lost=5", "lost=101%", "lost=100.5%", "lost=5%,1", "lost=-5%", "lost=1.25%", "lost=%",
            "lost=.5%", "lost=+5%", "lost=5.+%", "late=5%", "late=5%,5", "late=5%,ms", "late=5%,-1s", "late=5%,86401s",
            "late=5%,99999999999999999999s", "crash=1", "crash=-1,1s", "overflow=1,1s", "reordered=5%,1.5", "nova=5%",
            "overflow=99999999999999999999,1", "lost=5%=5%",
        ])
    func notFaults(text: String) {
        var faults = Faults()
        let isRead = faults.add(text)
        #expect(!isRead && faults == Faults())
    }
}
