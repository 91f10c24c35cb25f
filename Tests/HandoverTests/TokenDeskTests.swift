// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Handover

@Suite
struct TokenDeskTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("a token is good once, for the process that it was given to")
    func once() {
        var desk = TokenDesk<String>()
        let token = desk.issue("ring", to: 40, now: 0).token
        #expect(desk.redeem(token, by: 40, now: Self.second) == "ring")
        #expect(desk.redeem(token, by: 40, now: Self.second) == nil)
        #expect(desk.refused == 1)
    }

    @Test("a token that another process shows is refused and used up")
    func otherProcess() {
        var desk = TokenDesk<String>()
        let token = desk.issue("ring", to: 40, now: 0).token
        #expect(desk.redeem(token, by: 41, now: 0) == nil)
        #expect(desk.redeem(token, by: 40, now: 0) == nil)
        let unknown = desk.issue("ring", to: 0, now: 0).token
        #expect(desk.redeem(unknown, by: 0, now: 0) == nil)
    }

    @Test("a token ends after ten seconds, and what it was good for is given back")
    func lifetime() {
        var desk = TokenDesk<String>()
        let token = desk.issue("a", to: 40, now: 0).token
        #expect(desk.redeem(token, by: 40, now: 10 * Self.second) == nil)
        _ = desk.issue("b", to: 40, now: 0)
        #expect(desk.expire(now: 10 * Self.second - 1) == [])
        #expect(desk.expire(now: 10 * Self.second) == ["b"])
    }

    @Test("there are 64 at most: the oldest goes")
    func limit() {
        var desk = TokenDesk<Int>()
        let first = desk.issue(0, to: 40, now: 0).token
        for number in 1..<64 { #expect(desk.issue(number, to: 40, now: 0).ended == []) }
        #expect(desk.issue(64, to: 40, now: 0).ended == [0])
        #expect(desk.redeem(first, by: 40, now: 0) == nil)
    }

    @Test("a token is equal to itself, and to none that differs in a bit or is drawn anew")
    func equality() throws {
        let token = HandoverToken()
        #expect(token.isEqual(to: token))
        for bit in 0..<8 * HandoverToken.size {
            var bytes = token.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let other = try #require(HandoverToken(bytes))
            #expect(!token.isEqual(to: other) && !other.isEqual(to: token), "bit \(bit)")
        }
        // Compared by their last bytes only, hundreds of these would be taken for it.
        #expect(!(0..<100_000).contains { _ in token.isEqual(to: HandoverToken()) })
    }

    @Test("tokens have 32 bytes, and no two are alike")
    func tokens() {
        #expect(HandoverToken([]) == nil)
        #expect(HandoverToken(Array(repeating: 0, count: 33)) == nil)
        let tokens = Set((0..<1000).map { _ in HandoverToken().bytes })
        #expect(tokens.count == 1000)
        #expect(tokens.allSatisfy { $0.count == HandoverToken.size })
    }
}
