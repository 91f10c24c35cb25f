// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_GreetResponse {
    package init(_ greeting: Greeting) {
        self.init()
        version = greeting.version
        boot = greeting.boot
        switch greeting.caller {
        case .site: caller = .site
        case .vendor(let identity):
            caller = .vendor
            vendor = identity.name
            development = identity.isDevelopment
        }
        entitlements = greeting.caller.entitlements.words
        coverage = Sallyport_V1_Coverage(greeting.coverage)
        limits = greeting.limits.map { limit in
            .with {
                $0.name = limit.name
                $0.value = limit.value
                $0.unit = limit.unit
            }
        }
        sealed = greeting.isSealed
        services = greeting.services
    }
}

extension Greeting {
    package init(_ message: Sallyport_V1_GreetResponse) throws(ValueError) {
        let caller: CallerIdentity
        switch message.caller {
        case .site: caller = .site
        case .vendor:
            // Words that a later version brings are of no use to this one.
            let known = message.entitlements.compactMap { try? Entitlements(word: $0) }
            caller = .vendor(
                VendorIdentity(
                    name: message.vendor, entitlements: known.reduce(.none) { $0.union($1) },
                    isDevelopment: message.development))
        case .unspecified: throw .missing(field: "caller")
        case .scoped: throw .unknown(field: "caller", value: message.caller.rawValue)
        case .UNRECOGNIZED(let value): throw .unknown(field: "caller", value: value)
        }
        self.init(
            version: message.version, boot: message.boot, caller: caller, coverage: try Coverage(message.coverage),
            limits: message.limits.map { NamedLimit($0.name, Int(clamping: $0.value), $0.unit) },
            isSealed: message.sealed, services: message.services)
    }
}
