// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_Tier {
    package init(_ tier: Tier) {
        self =
            switch tier {
            case .enforce: .enforce
            case .gate: .gate
            case .observe: .observe
            }
    }
}

extension Tier {
    package init(_ message: Sallyport_V1_Tier) throws(ValueError) {
        switch message {
        case .enforce: self = .enforce
        case .gate: self = .gate
        case .observe: self = .observe
        case .unspecified: throw .missing(field: "tier")
        case .UNRECOGNIZED(let value): throw .unknown(field: "tier", value: value)
        }
    }
}

extension Sallyport_V1_Coverage {
    package init(_ coverage: Coverage) {
        self.init()
        tier = Sallyport_V1_Tier(coverage.tier)
        reason = coverage.reason
        kernel = coverage.kernel
        operations = coverage.operations.map { row in
            .with {
                $0.operation = Sallyport_V1_Operation(row.operation)
                $0.notify = row.notify
                $0.deny = row.deny
                $0.ask = row.ask
                $0.reason = row.reason
            }
        }
    }
}

extension Coverage {
    /// Rows of operations that a later version brought are left out: this version can't name them.
    package init(_ message: Sallyport_V1_Coverage) throws(ValueError) {
        self.init(
            tier: try Tier(message.tier), reason: message.reason, kernel: message.kernel,
            operations: message.operations.compactMap { row in
                guard let operation = try? Operation(row.operation) else { return nil }
                return OperationCoverage(
                    operation: operation, notify: row.notify, deny: row.deny, ask: row.ask, reason: row.reason)
            })
    }
}
