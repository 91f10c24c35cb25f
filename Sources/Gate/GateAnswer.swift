// SPDX-License-Identifier: Apache-2.0

/// What an owner says when it is asked.
public enum GateAnswer: Sendable, Hashable {
    case allow
    case deny
    /// An answer follows (`Gate.answer`), from any thread. When it hasn't come `within` of the time of the question, or
    /// the daemon has ended, the fallback is the answer.
    case hold(within: Duration, allowAtDeadline: Bool)
}
