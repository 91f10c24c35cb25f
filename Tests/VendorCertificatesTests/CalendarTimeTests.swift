// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import Testing

@testable import VendorCertificates

@Suite struct CalendarTimeTests {
    @Test(arguments: [
        (Int64(0), "700101000000Z"), (951_782_399, "000228235959Z"), (951_782_400, "000229000000Z"),
        (951_868_800, "000301000000Z"), (1_767_225_600, "260101000000Z"), (2_524_607_999, "491231235959Z"),
        (2_524_608_000, "20500101000000Z"), (4_107_542_400, "21000301000000Z"),
        (CalendarTime.range.upperBound, "99991231235959Z"),
    ])
    func `Seconds are written as dates, and read as they were`(seconds: Int64, text: String) throws {
        var coder = DER.Serializer()
        try CalendarTime(seconds: seconds).serialize(into: &coder)
        #expect(String(decoding: coder.serializedBytes.dropFirst(2), as: UTF8.self) == text)
        #expect(try CalendarTime(DER.parse(coder.serializedBytes)).seconds == seconds)
    }

    @Test func `Every day of four centuries comes back`() throws {
        for day in stride(from: Int64(0), to: 146_097 * 86400, by: 86400) {
            var coder = DER.Serializer()
            try CalendarTime(seconds: day + 86399).serialize(into: &coder)
            let read = try CalendarTime(DER.parse(coder.serializedBytes)).seconds
            if read != day + 86399 { Issue.record("\(day) came back as \(read)") }
        }
    }
}
