// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PolicyLanguage
package import PolicyTools

/// What was learned, as a policy file with a comment that says what isn't in it.
package struct PolicyLearnReport: Sendable {
    private let learner: PolicyLearner
    /// `nil` when nothing was seen that a rule could permit.
    package let policy: Policy?

    package init(_ learner: PolicyLearner) {
        self.learner = learner
        policy = learner.proposal
    }

    /// What people should know before they apply the proposal.
    package var sentences: [String] {
        var sentences = [
            "Learned from \(PolicyReport.count(learner.considered, "event", "events")); what isn't in it is denied."
        ]
        if policy == nil {
            sentences = [
                learner.considered == 0
                    ? "nothing was seen of what was asked about: no policy is proposed"
                    : "of \(PolicyReport.count(learner.considered, "event", "events")), none can be permitted by a rule"
            ]
        }
        for omission in PolicyLearner.Omission.allCases {
            guard let count = learner.omissions[omission] else { continue }
            let attempts = PolicyReport.count(count, "attempt", "attempts")
            sentences.append("Not permitted: \(attempts) \(Self.reason(omission)).")
        }
        if learner.lost > 0 {
            sentences.append(
                "\(PolicyReport.count(Int(clamping: learner.lost), "event was", "events were")) lost on the way: something"
                    + " may be missing.")
        }
        return sentences
    }

    private static func reason(_ omission: PolicyLearner.Omission) -> String {
        switch omission {
        case .denied: "that policies in force denied"
        case .subject: "by a program whose path no rule can name (unresolvable, or not UTF-8)"
        case .object: "on something whose path no rule can name (unresolvable, unknown, or not UTF-8)"
        case .limit: "beyond the \(PolicyLearner.limit) different ones that are kept"
        }
    }

    /// Lines of the policy file.
    package var yaml: [String] {
        guard let policy else { return [] }
        return sentences.map { "# \($0)" } + [PolicyFile.yaml(for: policy)]
    }

    package var json: JSONObject {
        var omissions = JSONObject()
        for omission in PolicyLearner.Omission.allCases {
            omissions[omission.rawValue] = .number(learner.omissions[omission] ?? 0)
        }
        return [
            "name": .string(learner.request.name), "events": .number(learner.considered),
            "omitted": .object(omissions), "lost": .number(learner.lost),
            "rules": .array((policy?.rules ?? []).map { .object($0.json) }),
            "yaml": .string(yaml.joined(separator: "\n") + "\n"),
        ]
    }
}
