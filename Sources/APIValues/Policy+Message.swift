// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Policy {
    package init(_ policy: Policy) {
        self.init()
        name = policy.name
        vendor = policy.vendor
        summary = policy.summary
        mode =
            switch policy.mode {
            case .enforce: .enforce
            case .audit: .audit
            }
        whenUncovered =
            switch policy.whenUncovered {
            case .refuse: .refuse
            case .audit: .audit
            }
        if let scope = policy.scope { self.scope = Sallyport_V1_Condition(scope) }
        rules = policy.rules.map(Sallyport_V1_Rule.init)
    }
}

extension Policy {
    package init(_ message: Sallyport_V1_Policy) throws(ValueError) {
        let mode: Mode
        switch message.mode {
        case .enforce: mode = .enforce
        case .audit: mode = .audit
        case .unspecified: throw .missing(field: "policy.mode")
        case .UNRECOGNIZED(let value): throw .unknown(field: "policy.mode", value: value)
        }
        let whenUncovered: WhenUncovered
        switch message.whenUncovered {
        case .refuse: whenUncovered = .refuse
        case .audit: whenUncovered = .audit
        case .unspecified: throw .missing(field: "policy.when_uncovered")
        case .UNRECOGNIZED(let value): throw .unknown(field: "policy.when_uncovered", value: value)
        }
        var rules: [Rule] = []
        rules.reserveCapacity(message.rules.count)
        for rule in message.rules { rules.append(try Rule(rule)) }
        self.init(
            name: message.name, vendor: message.vendor, summary: message.summary, mode: mode,
            whenUncovered: whenUncovered,
            scope: message.hasScope ? try Condition(message.scope, field: "scope") : nil, rules: rules)
    }
}
