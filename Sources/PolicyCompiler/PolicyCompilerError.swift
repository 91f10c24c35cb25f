// SPDX-License-Identifier: Apache-2.0

/// Why policies can't be compiled.
public enum PolicyCompilerError: Error, Hashable, Sendable {
    /// What ran out. The names are those of `PolicyCompiler.Limits`.
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        case policies, rules, patterns, positions, states, transitions, classes, values, lists, digests, setWords
    }

    /// A policy isn't one. `rule` is empty where the whole policy is meant.
    case invalid(policy: String, rule: String, problem: String)
    case limit(Limit, allowed: Int, reached: Int)
}

extension PolicyCompilerError: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .invalid(let policy, let rule, let problem):
            rule.isEmpty ? "policy '\(policy)' \(problem)" : "rule '\(rule)' of policy '\(policy)' \(problem)"
        case .limit(let limit, let allowed, let reached):
            "the policies together exceed the limit '\(limit.rawValue)': \(reached) where \(allowed) are allowed; "
                + limit.advice
        }
    }
}

extension PolicyCompilerError.Limit {
    fileprivate var advice: String {
        switch self {
        case .policies: "remove a policy, or join policies of the same vendor"
        case .rules:
            "join rules that differ in their paths only: a rule takes any number of patterns (a rule whose 'not' has"
                + " several fields counts as several)"
        case .patterns: "write fewer alternatives, or one pattern for a directory instead of one for each file"
        case .positions: "write shorter patterns, or one pattern for a directory instead of one for each file"
        case .states, .transitions:
            "write fewer patterns with '**' or '*' in the middle, or begin them with the directory they are meant for"
        case .classes: "many patterns overlap in different ways: write fewer patterns with '*', or join rules"
        case .values: "name fewer different users, groups and file systems: select by a group that many users are in"
        case .lists:
            "use the same list of ancestors, of groups or of capabilities in several rules: so many different lists of"
                + " each kind are allowed"
        case .digests: "name fewer different digests, or select by path"
        case .setWords: "many rules apply to many paths: join rules that differ in their paths only"
        }
    }
}
