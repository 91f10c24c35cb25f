// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Fallback {
    package init(_ fallback: Rule.Fallback?) {
        self =
            switch fallback {
            case .allow: .allow
            case .deny: .deny
            case nil: .unspecified
            }
    }
}

extension Rule.Fallback? {
    /// `nil` where the field isn't set.
    package init(_ message: Sallyport_V1_Fallback, field: String) throws(ValueError) {
        switch message {
        case .allow: self = .allow
        case .deny: self = .deny
        case .unspecified: self = nil
        case .UNRECOGNIZED(let value): throw .unknown(field: field, value: value)
        }
    }
}

extension Rule.Fallback {
    /// Of a field that must be set.
    package init(_ message: Sallyport_V1_Fallback, required field: String) throws(ValueError) {
        guard let fallback = try Rule.Fallback?(message, field: field) else { throw .missing(field: field) }
        self = fallback
    }
}
