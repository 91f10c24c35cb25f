// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Decision {
    package init(_ decision: Decision) {
        self.init()
        verdict =
            switch decision.verdict {
            case .allow: .allow
            case .deny: .deny
            case .audit: .audit
            }
        policy = decision.policy
        rule = decision.rule
        vendor = decision.vendor
        generation = decision.generation
        cause = decision.cause
        reason = decision.reason
    }
}

extension Decision {
    package init(_ message: Sallyport_V1_Decision) throws(ValueError) {
        let verdict: Verdict
        switch message.verdict {
        case .allow: verdict = .allow
        case .deny: verdict = .deny
        case .audit: verdict = .audit
        case .unspecified: throw .missing(field: "decision.verdict")
        case .UNRECOGNIZED(let value): throw .unknown(field: "decision.verdict", value: value)
        }
        self.init(
            verdict: verdict, policy: message.policy, rule: message.rule, vendor: message.vendor,
            generation: message.generation)
        cause = message.cause
        reason = message.reason
    }
}
