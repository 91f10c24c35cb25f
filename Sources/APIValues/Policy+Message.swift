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
        var rules: [Rule] = []
        rules.reserveCapacity(message.rules.count)
        for rule in message.rules { rules.append(try Rule(rule)) }
        self.init(name: message.name, vendor: message.vendor, summary: message.summary, mode: mode, rules: rules)
    }
}
