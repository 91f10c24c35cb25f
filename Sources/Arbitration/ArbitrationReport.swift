// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What those concerned, and the site, are to know.
public enum ArbitrationReport: Hashable, Sendable {
    /// A client didn't answer in time; `applied` counted as its vote. It is no strike (`isStrike`) if the vendor has one
    /// for this question, is demoted, or if the platform itself was late.
    case missed(question: UInt64, client: ClientID, vendor: String, applied: Rule.Fallback, isStrike: Bool)
    /// The vendor isn't asked until then, nanoseconds of CLOCK_BOOTTIME: its fallback is its vote.
    case demoted(vendor: String, until: UInt64)
    case restored(vendor: String)
    /// A question wasn't put to the client, as a limit was reached; `applied` counted as its vote.
    case queueFull(
        question: UInt64, client: ClientID, vendor: String, limit: QuestionLimit, applied: Rule.Fallback)
    /// A client went away with these questions unanswered; its fallback counted as its vote on each.
    case clientLost(ClientID, vendor: String, questions: [UInt64])
    /// An answer wasn't applied.
    case refused(question: UInt64, client: ClientID, why: AnswerRefusal)
    /// The site's limits gave a client other terms than it asked for.
    case limited(ClientID, vendor: String, asked: AuthoriserTerms, granted: AuthoriserTerms)
    /// So many verdicts were dropped from the caches.
    case flushed(FlushScope, why: FlushReason, verdicts: Int)
}

/// Why an answer wasn't applied. Each is counted.
public enum AnswerRefusal: String, Hashable, Sendable, CaseIterable {
    /// The client's deadline had passed.
    case late
    /// The client had answered before.
    case duplicate
    /// Somebody else had denied, or the guard or a stopping platform had decided.
    case settled
    /// Whoever attempted the operation is gone.
    case withdrawn
    /// The question wasn't put to this client, or so long ago that it is forgotten.
    case notAsked = "not-asked"
    /// An allow for a content that isn't the file's. The question stays open.
    case digestDiffers = "digest-differs"
    /// An allow for a content while nobody knows which the file's is. The question stays open.
    case digestUnknown = "digest-unknown"
}
