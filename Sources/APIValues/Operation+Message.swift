// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Operation {
    package init(_ operation: Operation) {
        self =
            switch operation {
            case .processExec: .processExec
            case .processCreate: .processCreate
            case .processExit: .processExit
            case .imageLoad: .imageLoad
            }
    }
}

extension Operation {
    package init(_ message: Sallyport_V1_Operation) throws(ValueError) {
        switch message {
        case .processExec: self = .processExec
        case .processCreate: self = .processCreate
        case .processExit: self = .processExit
        case .imageLoad: self = .imageLoad
        case .unspecified: throw .missing(field: "operation")
        case .UNRECOGNIZED(let value): throw .unknown(field: "operation", value: value)
        }
    }
}
