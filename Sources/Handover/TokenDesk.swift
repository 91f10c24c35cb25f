// SPDX-License-Identifier: Apache-2.0

/// Tokens given out and not yet shown: pure, time is told by the caller.
///
/// A token is good for one process, once, for ten seconds.
struct TokenDesk<Payload: Sendable>: Sendable {
    /// Tokens that wait to be shown; the oldest goes when there are more.
    static var maxTokens: Int { 64 }
    /// Nanoseconds that a token is good for.
    static var lifetime: UInt64 { 10_000_000_000 }

    private struct Entry: Sendable {
        var token: HandoverToken
        var pid: Int32
        var end: UInt64
        var payload: Payload
    }

    private var entries: [Entry] = []
    /// Tokens that were refused: unknown, another process's, or too late.
    private(set) var refused: UInt64 = 0

    /// Gives out a token; and what the tokens were good for that have ended meanwhile.
    mutating func issue(_ payload: Payload, to pid: Int32, now: UInt64) -> (token: HandoverToken, ended: [Payload]) {
        var ended = expire(now: now)
        if entries.count >= Self.maxTokens { ended.append(entries.removeFirst().payload) }
        let token = HandoverToken()
        entries.append(Entry(token: token, pid: pid, end: now &+ Self.lifetime, payload: payload))
        return (token, ended)
    }

    /// What a token is good for, once. One that another process shows is used up as well: it isn't a secret any more.
    mutating func redeem(_ token: HandoverToken, by pid: Int32, now: UInt64) -> Payload? {
        var found: Int?
        for (index, entry) in entries.enumerated() where entry.token.isEqual(to: token) { found = index }
        guard let found else {
            refused += 1
            return nil
        }
        let entry = entries.remove(at: found)
        guard entry.pid == pid, pid > 0, now < entry.end else {
            refused += 1
            return nil
        }
        return entry.payload
    }

    /// Forgets tokens whose time is over.
    mutating func expire(now: UInt64) -> [Payload] {
        let ended = entries.filter { $0.end <= now }
        entries.removeAll { $0.end <= now }
        return ended.map(\.payload)
    }
}
