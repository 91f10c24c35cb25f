// SPDX-License-Identifier: Apache-2.0

import Testing
import VendorCertificates

@Suite struct RefusalTests {
    @Test(arguments: Refusal.Code.allCases)
    func `Every reason has words for machines and a sentence that says what to do`(code: Refusal.Code) {
        #expect(code.rawValue.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || $0 == UInt8(ascii: "-") })
        #expect(code.sentence.contains(": "), "\(code.sentence)")
        #expect(!code.sentence.hasSuffix("."))
        #expect(Refusal(code).message == code.sentence)
        #expect(Refusal(code, "found").message == code.sentence + " (found)")
    }
}
