// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_Gap {
    package init(_ gap: Gap) {
        self.init()
        place =
            switch gap.place {
            case .kernel: .kernel
            case .subscriber: .subscriber
            case .connection: .connection
            }
        if let missing = gap.missing {
            self.missing.first = missing.lowerBound
            self.missing.last = missing.upperBound
        }
        // In the order of the catalogue, so that equal gaps are equal bytes.
        counts = Operation.allCases.compactMap { operation in
            gap.counts[operation].map { count in
                .with {
                    $0.operation = Sallyport_V1_Operation(operation)
                    $0.count = count
                }
            }
        }
        denied = gap.denied
    }
}

extension Gap {
    package init(_ message: Sallyport_V1_Gap) throws(ValueError) {
        let place: Place
        switch message.place {
        case .kernel: place = .kernel
        case .subscriber: place = .subscriber
        case .connection: place = .connection
        case .unspecified: throw .missing(field: "gap.place")
        case .UNRECOGNIZED(let value): throw .unknown(field: "gap.place", value: value)
        }
        var missing: ClosedRange<UInt64>?
        if message.hasMissing {
            guard message.missing.first <= message.missing.last else {
                throw .invalid(field: "gap.missing", reason: "ends before it begins")
            }
            missing = message.missing.first...message.missing.last
        }
        var counts: [Operation: UInt64] = [:]
        for entry in message.counts {
            // Saturating: a total that is too large must not become a small one, nor stop the reader.
            let (sum, overflow) = counts[try Operation(entry.operation), default: 0].addingReportingOverflow(
                entry.count)
            counts[try Operation(entry.operation)] = overflow ? .max : sum
        }
        self.init(place: place, missing: missing, counts: counts, denied: message.denied)
    }
}
