// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Who is asked.
extension Arbitration {
    /// From now on the client is asked. A client that is asked already gets the new terms for later questions.
    ///
    /// What the site's limits don't grant is reported (``ArbitrationReport/limited(_:vendor:asked:granted:)``).
    public mutating func authoriserJoined(
        _ client: ClientID, vendor: String, terms: AuthoriserTerms, now: UInt64
    ) throws(ArbitrationError) -> [ArbitrationAction] {
        // Before time goes on: what comes due would be lost with the error.
        try terms.check()
        try checkRoom(for: client, vendor: vendor)
        var actions = advance(now)
        if let former = authorisers[client] {
            if former.vendor != vendor { actions += authoriserLeft(client, now: now) }
            for operation in former.terms.operations { interested[operation]?.removeAll { $0 == client } }
        }
        forgetVendors()
        let granted = limits.granted(terms)
        if authorisers[client] == nil {
            epoch += 1
            let fresh = VendorRecord(generation: epoch, cachedVerdicts: limits.cachedVerdicts)
            vendors[vendor, default: fresh].clients += 1
        }
        authorisers[client, default: Authoriser(vendor: vendor, terms: granted)].terms = granted
        for operation in terms.operations { interested[operation, default: []].append(client) }
        if granted != terms {
            actions.append(.report(.limited(client, vendor: vendor, asked: terms, granted: granted)))
        }
        flush(.vendor(vendor), .vendorJoined, &actions)
        return actions
    }

    /// The client is gone: its fallback counts as its vote on what it was asked.
    public mutating func authoriserLeft(_ client: ClientID, now: UInt64) -> [ArbitrationAction] {
        var actions = advance(now)
        guard let authoriser = authorisers.removeValue(forKey: client) else { return actions }
        for operation in authoriser.terms.operations { interested[operation]?.removeAll { $0 == client } }
        let questions = authoriser.waiting.sorted()
        for id in questions {
            guard var question = pending.removeValue(forKey: id) else { continue }
            for index in question.seats.indices
            where question.seats[index].client == client && question.seats[index].isWaiting {
                release(&question, index, in: id)
                question.vote(index, question.standIn(index), .clientLost, now: clock)
                counted.lostAnswers += 1
            }
            proceed(question, &actions)
        }
        vendors[authoriser.vendor]?.clients -= 1
        if !questions.isEmpty {
            actions.append(.report(.clientLost(client, vendor: authoriser.vendor, questions: questions)))
        }
        if vendors[authoriser.vendor]?.clients == 0 { flush(.vendor(authoriser.vendor), .vendorLeft, &actions) }
        prune()
        return actions
    }

    private mutating func checkRoom(for client: ClientID, vendor: String) throws(ArbitrationError) {
        if isStopping { throw .stopping }
        let former = authorisers[client]
        guard former != nil || authorisers.count < limits.authorisers else {
            counted.refusedAuthorisers += 1
            throw .tooManyAuthorisers(limit: limits.authorisers)
        }
        guard former?.vendor == vendor || (vendors[vendor]?.clients ?? 0) < limits.vendorAuthorisers else {
            counted.refusedAuthorisers += 1
            throw .tooManyOfVendor(limit: limits.vendorAuthorisers)
        }
    }

    /// Of vendors without connections only strikes and a demotion are kept, and those only as long as they count.
    private mutating func forgetVendors() {
        for (name, vendor) in vendors where vendor.isForgettable(at: clock, limits) {
            counted.flushed.merge(vendor.cache.dropped, uniquingKeysWith: +)
            vendors[name] = nil
        }
    }
}
