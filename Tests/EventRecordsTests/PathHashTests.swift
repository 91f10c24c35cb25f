// SPDX-License-Identifier: Apache-2.0

import EventRecords
import KernelABI
import Testing

@Suite
struct PathHashTests {
    private let hash = PathHash(keys: (1_234_567, 987_654_321))

    @Test("a slash at the end doesn't count, and the root is the empty path")
    func slashes() {
        #expect(hash(Array("/a/b/".utf8)) == hash(Array("/a/b".utf8)))
        #expect(hash(Array("/".utf8)) == 0)
        #expect(hash(Array("/a".utf8)) != hash(Array("/b".utf8)))
    }

    @Test("it is the polynomial that the definition says, in both halves")
    func definition() {
        var first: UInt64 = 0
        for byte in "/x".utf8 {
            first = first * 1_234_567 + UInt64(byte) + 1
            first = first % UInt64(SP_HASH_PRIME)
        }
        #expect((hash(Array("/x".utf8)) >> 32) % UInt64(SP_HASH_PRIME) == first)
    }

    @Test("an executable's key has the bit that tells it from a reason, and long paths have none")
    func programs() {
        #expect(PathHash.program(Array("/bin/sh".utf8)).map { $0 & UInt64(SP_PROGRAM_KEYS) } == 16)
        #expect(PathHash.program([]) == nil)
        #expect(PathHash.program(Array(repeating: 47, count: 511)) != nil)
        #expect(PathHash.program(Array(repeating: 47, count: 512)) == nil)
    }
}
