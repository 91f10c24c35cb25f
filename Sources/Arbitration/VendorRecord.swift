// SPDX-License-Identifier: Apache-2.0

/// What is known of one vendor's authorisers. Strikes and a demotion outlast its connections.
struct VendorRecord: Sendable {
    var clients = 0
    /// Clients' questions in flight, together.
    var inFlight = 0
    /// When deadlines were missed, within the strike window; fewer than demote.
    var strikes: [UInt64] = []
    var demotedUntil: UInt64?
    /// Another one whenever former answers don't hold any more.
    var generation: UInt64
    var cache: VerdictCache

    init(generation: UInt64, cachedVerdicts: Int) {
        self.generation = generation
        cache = VerdictCache(capacity: cachedVerdicts)
    }

    /// Counts a missed deadline; `true` if the vendor is to be demoted.
    mutating func strike(at time: UInt64, _ limits: ArbitrationLimits) -> Bool {
        strikes.removeAll { time - min($0, time) >= limits.strikeWindow }
        strikes.append(time)
        guard strikes.count >= limits.strikes else { return false }
        strikes = []
        return true
    }

    /// Whether anything would be lost if it were forgotten.
    func isForgettable(at time: UInt64, _ limits: ArbitrationLimits) -> Bool {
        clients == 0 && demotedUntil == nil && strikes.allSatisfy { time - min($0, time) >= limits.strikeWindow }
    }
}

/// A client that is asked.
struct Authoriser: Sendable {
    var vendor: String
    var terms: AuthoriserTerms
    /// The questions that wait for it.
    var waiting: Set<UInt64> = []
}
