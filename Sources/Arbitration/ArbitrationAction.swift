// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What is to be done, in this order, by whoever drives the state machine.
public enum ArbitrationAction: Hashable, Sendable {
    /// Put the question to a client. Its `deadline` is this client's, and so is a `fallback` that denies: whoever keeps a
    /// default for the case that this process doesn't go on denies if any of them does.
    case deliver(Question, to: ClientID)
    /// Let the operation go on or refuse it: exactly once for each question. `cache` says whether the verdict may stand
    /// for the same content without another question, until ``forget(_:why:)``; its lifetime counts from now, and
    /// without one it stands while the content is the same.
    case settle(UInt64, QuestionOutcome, cache: Answer.CacheHint)
    /// The client's answer isn't wanted any more.
    case retract(UInt64, from: ClientID, why: RetractionCause)
    /// Drop the verdicts that were kept because ``settle(_:_:cache:)`` allowed it. Those of the state machine are dropped.
    case forget(FlushScope, why: FlushReason)
    case report(ArbitrationReport)
}

/// Why a question was taken back from a client.
public enum RetractionCause: String, Hashable, Sendable, CaseIterable {
    /// Its deadline passed.
    case deadline
    /// Somebody else denied.
    case decided
    /// Whoever attempted the operation is gone.
    case withdrawn
    case guardApplied = "guard-applied"
    case platformStopping = "platform-stopping"
}
