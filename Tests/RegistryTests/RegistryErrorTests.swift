// SPDX-License-Identifier: Apache-2.0

import Registry
import Testing

@Suite struct RegistryErrorTests {
    @Test(arguments: RegistryError.Code.allCases)
    func `Codes are stable words`(code: RegistryError.Code) {
        #expect(code.rawValue.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || $0 == UInt8(ascii: "-") })
        #expect(RegistryError(code, "why").description == code.rawValue + ": why")
    }
}
