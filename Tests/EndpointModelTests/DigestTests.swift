// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import FoundationEssentials
import Testing

@Suite struct DigestTests {
    private let digits = "00ff0123456789abcdeffedcba9876543210a0b1c2d3e4f5061728394a5b6c7d"

    @Test func `64 hexadecimal digits are a digest, with or without the algorithm's name`() throws {
        let digest = try #require(Digest(digits))
        #expect(digest.bytes.count == Digest.byteCount)
        #expect(digest.bytes.prefix(4) == [0x00, 0xFF, 0x01, 0x23])
        #expect(digest.bytes.last == 0x7D)
        #expect(Digest("sha256:" + digits) == digest)
        #expect(Digest(digits.uppercased()) == digest)
        #expect(digest.text == "sha256:" + digits)
        #expect(Digest(bytes: digest.bytes) == digest)
    }

    @Test func `Anything else is none`() {
        let (short, shorter) = (digits.dropLast(), digits.dropLast(2))
        let texts: [String] = [
            "", "sha256:", "\(short)", "\(digits)0", "sha1:\(digits)", "SHA256:\(digits)", "sha256: \(short)",
            "\(short)g", "\(shorter)é", " \(digits)", "sha256:sha256:\(digits)", "\(shorter)٣",
        ]
        for text in texts {
            #expect(Digest(text) == nil, "\(text)")
        }
        #expect(Digest(bytes: []) == nil)
        #expect(Digest(bytes: Array(repeating: 0, count: 31)) == nil)
        #expect(Digest(bytes: Array(repeating: 0, count: 33)) == nil)
    }

    @Test func `A digest is coded as its text, and checked when it is decoded`() throws {
        let digest = try #require(Digest(digits))
        let data = try JSONEncoder().encode([digest])
        #expect(String(decoding: data, as: UTF8.self) == #"["sha256:\#(digits)"]"#)
        #expect(try JSONDecoder().decode([Digest].self, from: data) == [digest])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Digest].self, from: Data(#"["00"]"#.utf8)) }
    }
}
